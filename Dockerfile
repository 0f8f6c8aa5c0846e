# The relay from the hash-pinned lock, as a user without rights. Build: docker build -t clawnet .
FROM python:3.11-slim AS build
COPY requirements/run.txt /src/requirements/run.txt
RUN python -m venv /opt/clawnet \
    && /opt/clawnet/bin/pip install --no-cache-dir --require-hashes -r /src/requirements/run.txt
COPY . /src
RUN /opt/clawnet/bin/pip install --no-cache-dir --no-deps --no-build-isolation /src

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data clawnet && install -d -o clawnet -m 0700 /data
COPY --from=build /opt/clawnet /opt/clawnet
ENV PATH=/opt/clawnet/bin:$PATH \
    CLAWNET_HOST=0.0.0.0 \
    CLAWNET_DATA_DIR=/data \
    CLAWNET_STORE=sqlite:/data/clawnet.db
USER clawnet
WORKDIR /data
VOLUME /data
EXPOSE 3000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:3000/readyz', timeout=3)"]
ENTRYPOINT ["clownet-cli"]
CMD ["serve"]
