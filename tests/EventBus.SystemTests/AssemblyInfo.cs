// Two cores: a fault in one test must not be the load of another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
