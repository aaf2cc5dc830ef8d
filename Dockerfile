# syntax=docker/dockerfile:1
# Two images from scratch: `docker build --target gateway .` and `--target worker`. Each holds one native binary and what it runs on.

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends clang zlib1g-dev libmimalloc2.0 ca-certificates binutils \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
ENV CI=true
RUN build/publish.sh gateway /published/gateway \
 && build/publish.sh worker /published/worker

FROM build AS gateway-files
RUN build/collect-rootfs.sh /published/gateway event-bus-gateway /rootfs

FROM build AS worker-files
RUN build/collect-rootfs.sh /published/worker event-bus-worker /rootfs

# What both images have in common: no shell, nobody's user, certificates for librdkafka and .NET, mimalloc in front of glibc's allocator,
# and no diagnostics socket, so that nothing writes to the file system.
FROM scratch AS base
ENV LD_PRELOAD=/libmimalloc.so.2 \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    DOTNET_EnableDiagnostics=0
USER 65532:65532
EXPOSE 8083 9093 6063

FROM base AS gateway
COPY --from=gateway-files /rootfs/ /
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --retries=3 CMD ["/event-bus-gateway", "--health-check"]
ENTRYPOINT ["/event-bus-gateway"]

FROM base AS worker
COPY --from=worker-files /rootfs/ /
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --retries=3 CMD ["/event-bus-worker", "--health-check"]
ENTRYPOINT ["/event-bus-worker"]
