# Build:  docker build --tag jitcleanup .
# Demo:   docker build --target demo --tag jitcleanup-demo . && docker run --rm jitcleanup-demo
#
# Both images are named by tag, so that each build gets their security updates. For a build that can be repeated,
# pin them: `docker buildx imagetools inspect swift:6.3-bookworm` prints the digest, and
# `docker build --build-arg SWIFT_IMAGE=swift@sha256:... --build-arg RUNTIME_IMAGE=debian@sha256:...` uses it.
# They must stay the same Debian release: the binary is linked against that release's libcurl, libjwt and OpenSSL.
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${SWIFT_IMAGE} AS build
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        libcurl4-openssl-dev \
        libjwt-dev \
        libssl-dev \
        pkg-config \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /build
# The manifest alone first: a change of the sources does not fetch the libraries again.
COPY Package.swift ./
COPY deploy/build deploy/build
RUN deploy/build/resolve-packages

COPY Sources Sources
# Nothing of the tests is built, but the manifest names their folders, and a missing one is an error.
COPY Tests Tests
# The binary with its symbols stays in this stage (/build/.build/release), for reading a crash report:
# `docker build --target build`.
RUN deploy/build/release jitcleanup

FROM build AS build-demo
RUN deploy/build/release jitcleanup-demo

FROM ${RUNTIME_IMAGE} AS runtime
# What the binaries load (libcurl, libjwt, libcrypto) and the backtracer (libstdc++), and the root certificates for
# Google's endpoints.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        ca-certificates \
        libcurl4 \
        libjwt0 \
        libssl3 \
        libstdc++6 \
    && rm -rf /var/lib/apt/lists/*

# A crash writes its backtrace to the log, waits for nobody's input, and keeps paths of the build out of it. The
# backtracer runs as a process of its own.
COPY --from=build /usr/libexec/swift/linux/swift-backtrace-static /usr/local/libexec/
ENV SWIFT_BACKTRACE=enable=yes,interactive=no,color=no,sanitize=yes,swift-backtrace=/usr/local/libexec/swift-backtrace-static

# By number, so that a platform that demands a non-root user can see that it is one. The service never writes to disk.
USER 65532:65532

FROM runtime AS demo
COPY --from=build-demo /build/.build/shipped/jitcleanup-demo /usr/local/bin/
ENTRYPOINT ["/usr/local/bin/jitcleanup-demo"]

FROM runtime
LABEL org.opencontainers.image.title="jitcleanup" \
    org.opencontainers.image.description="Removes expired JIT Access role bindings from IAM policies (Pub/Sub push endpoint)"
COPY --from=build /build/.build/shipped/jitcleanup /usr/local/bin/
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/jitcleanup"]
CMD ["serve"]
