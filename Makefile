# The commands that this project is worked with. Two are enough to begin: make run, make test.

VERSION ?= $(shell git describe --tags --always 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X main.version=$(VERSION)

.PHONY: run test measure build web

run: ## The demonstration, at http://127.0.0.1:8090
	go run ./cmd/commonplace serve --demo

test: ## The whole suite, browser tests required: installs Chromium where it can
	@./.ci/chromium
	@# The two longest begin first, and the others beside them: they often wait, and so do tests that may run beside others,
	@# three of a package at a time. Vetting with the tests looks at what others wrote once, not twice.
	COMMONPLACE_BROWSER=required go test -p 3 -parallel 3 -vet=all -timeout 20m ./internal/site ./internal/hub ./...

measure: ## Real input, load and speed; DATA=FOLDER holds the input
	@test -n "$(DATA)" -a -d "$(DATA)" || { echo "make measure DATA=FOLDER: a folder with markdown/, attacks/ and relevance/ in it" >&2; exit 1; }
	@./.ci/chromium
	DATA="$(abspath $(DATA))" go test -count=1 -timeout 60m -tags measure -run '^TestMeasure' -v ./internal/measure/ ./internal/hub/ ./internal/site/ ./content/

build: ## One static binary, dist/commonplace
	CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS)" -o dist/commonplace ./cmd/commonplace

web: ## Styles, scripts and the reader of Word files, from web/; needs Node
	cd web && npm ci && npm run build && npm run word
