cmd_images() { :; }
