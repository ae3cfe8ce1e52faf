# The sources as npm publishes them, on Node's image: its npm brings Bun, and Bun runs them.
#   docker build -t freehold .
#   docker run -p 4000:4000 -v freehold-data:/data -v ./freehold.yaml:/etc/freehold/freehold.yaml:ro freehold
FROM node:24-slim

WORKDIR /opt/freehold

# What is needed to run and no more, at the versions of the lock file. No install script is needed.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

# What .dockerignore lets in.
COPY . .
RUN sh bin/bun bin/build.ts

# Without a file of yours: the simulator alone, on every address of the container.
RUN mkdir -p /etc/freehold /data \
  && printf 'server: { host: 0.0.0.0 }\nstore: /data\n' > /etc/freehold/freehold.yaml \
  && chown node:node /data \
  && chmod 0700 /data \
  && ln -s /opt/freehold/bin/freehold /usr/local/bin/freehold

# Commands find the file here: docker exec CONTAINER freehold logs
WORKDIR /etc/freehold
USER node
VOLUME /data

# PORT goes before server.port of a file, so that the check below asks where the gateway listens.
ENV PORT=4000
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# The script becomes Bun, which so is the first process and hears SIGTERM.
ENTRYPOINT ["freehold"]
CMD ["serve"]
