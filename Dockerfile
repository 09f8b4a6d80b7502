# One image per app: docker build --build-arg APP=api . Why it is as it is: docs/decisions/image.md

# Node's major version is that of the pinned `node` in package.json.
ARG NODE_IMAGE=node:24-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

FROM ${RUNTIME_IMAGE} AS runtime

# Before all else, so that nobody waits for the dependencies to be told of a wrong APP.
FROM ${NODE_IMAGE} AS app
ARG APP
WORKDIR /workspace
COPY apps apps
RUN test -f "apps/$APP/src/main.ts" || { \
      echo "APP=$APP is no app: docker build --build-arg APP=... takes one of" \
        $(ls apps/*/src/main.ts | cut -d / -f 2) >&2; \
      exit 1; \
    }

# Apart from the source, so that it is made again only when the lock file changes. What builds an app needs no install script.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /workspace
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --no-audit --no-fund

FROM dependencies AS build
ARG APP
COPY tsconfig.base.json .env.example ./
COPY tools/build tools/build
COPY libs libs
COPY --from=app /workspace/apps apps
# The build makes V8's code cache, which fits only the very Node that made it.
COPY --from=runtime /nodejs/bin/node /nodejs/bin/node
RUN /nodejs/bin/node --import tsx tools/build/main.ts "$APP"

FROM runtime
ARG APP
# Owned by root: the process cannot change its own code, even where its file system is not read-only.
COPY --from=build /workspace/dist/apps/${APP} /app
WORKDIR /app
ENV NODE_ENV=production
# By number, since runAsNonRoot cannot tell what a name stands for: distroless's `nonroot`.
USER 65532:65532
# api, worker, its queue page, metrics
EXPOSE 3000 3001 3002 9464
# In exec form: node is process 1 and gets the signals. What `docker run` or a pod's `args` add is the app's command.
ENTRYPOINT ["/nodejs/bin/node", "/app/main.js"]

ARG SOURCE=unknown
ARG REVISION=unknown
ARG VERSION=0.0.0
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="kubernest-${APP}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.created="${CREATED}"
