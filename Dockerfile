# syntax=docker/dockerfile:1

# The program. The version is that of rust-toolchain.toml; what is built on the older Debian runs on both.
FROM rust:1.95.0-bookworm AS program
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release -p wiwebb \
    && cp target/release/wiwebb /usr/local/bin/

# pg_dump and pg_restore. They serve servers of their own version and older ones: PostgreSQL 17 is in Debian
# from this release on. Taken out of the package, they come without the Perl that chooses between versions.
FROM debian:trixie-slim AS client
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-17

# Debian rather than a bare base: the watchdog of the private PostgreSQL is a shell script.
FROM debian:trixie-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libpq5 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
    && groupadd --gid 10001 wiwebb \
    && useradd --uid 10001 --gid wiwebb --no-create-home --home-dir /var/lib/wiwebb --shell /usr/sbin/nologin wiwebb \
    && install --directory --owner=wiwebb --group=wiwebb --mode=0700 /var/lib/wiwebb
COPY --from=client /usr/lib/postgresql/17/bin/pg_dump /usr/lib/postgresql/17/bin/pg_restore /usr/local/bin/
COPY --from=program /usr/local/bin/wiwebb /usr/local/bin/
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/wiwebb/

# XDG_CACHE_HOME keeps downloaded PostgreSQL programs beside the data they serve.
ENV WIWEBB_BIND=0.0.0.0:8000 \
    WIWEBB_DATA_DIR=/var/lib/wiwebb \
    XDG_CACHE_HOME=/var/lib/wiwebb/cache
WORKDIR /var/lib/wiwebb
VOLUME /var/lib/wiwebb
# By number, so that a cluster can see that it is not root.
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["wiwebb", "health"]

ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="WiWebb" \
      org.opencontainers.image.description="The back end of a network operator, served over HTTP" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

ENTRYPOINT ["wiwebb"]
CMD ["serve"]
