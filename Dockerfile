# One static program in an empty image. The data folder is the one thing to keep: mount a volume at /data.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/commonplace ./cmd/commonplace
RUN mkdir -p /out/data /out/tmp && chmod 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/commonplace /commonplace
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/tmp /tmp
USER 65532:65532
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s CMD ["/commonplace", "health", "--dir", "/data/hub"]
ENTRYPOINT ["/commonplace"]
# A folder inside the volume, so that a restore can put the old one beside the new.
CMD ["serve", "--dir", "/data/hub", "--http", "0.0.0.0:8080"]
