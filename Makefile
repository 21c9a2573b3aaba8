# The two commands: `make run` and `make test`. Each sets up what it needs.

BUILD = out/build
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 30
MESON = meson setup --wrap-mode=nodownload
NINJA = ninja -j $(JOBS)
C_FILES = git ls-files -- '*.c' '*.h' ':!:*.bpf.c' ':!:agent/linux/bpf/vmlinux.h'

.DEFAULT_GOAL = help
.PHONY: help setup run build testing console test format check-format lint sanitize threads fuzz reference bench bench-detect coverage \
	check-headers docs fresh clean clean-data

help: ## shows this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 16

setup: ## installs what building and running needs (Debian 12)
	@scripts/setup run

run: setup ## builds, then runs a centre and this host's agent until Ctrl-C
	@$(MAKE) --no-print-directory build
	@exec scripts/run

RELEASE = --buildtype=release -Doptimization=2 -Dprefix=/ -Dbindir=bin -Ddatadir=share \
	-Dlibdir=lib -Dlibexecdir=libexec -Dsysconfdir=etc -Dmandir=share/man

# -- what ships ------------------------------------------------------------

$(BUILD)-release/build.ninja:
	$(MESON) $(RELEASE) $(BUILD)-release

build: $(BUILD)-release/build.ninja console ## release programs in out/bin, console and rules in out/share
	@scripts/ninja-installed $(BUILD)-release $(JOBS)
	@DESTDIR=$(CURDIR)/out meson install -C $(BUILD)-release --no-rebuild --quiet
	@rm -rf out/share/console && cp -R console/dist out/share/console

# The same programs with a programme clock that tests move. They are never shipped.
$(BUILD)-testing/build.ninja:
	$(MESON) $(RELEASE) -Dtesting=true $(BUILD)-testing

testing: $(BUILD)-testing/build.ninja console ## the same in out/testing, with a movable programme clock
	@scripts/ninja-installed $(BUILD)-testing $(JOBS)
	@DESTDIR=$(CURDIR)/out/testing meson install -C $(BUILD)-testing --no-rebuild --quiet
	@rm -rf out/testing/share/console && cp -R console/dist out/testing/share/console

console: console/dist/index.html

console/dist/index.html: package-lock.json centre/openapi.yaml $(shell git ls-files -co --exclude-standard console scripts/*.mjs)
	@test -d node_modules || scripts/setup run
	npm run --silent build
	@touch $@

# -- proof -----------------------------------------------------------------

test: ## all tests; the last line is "N passed, N failed"
	@scripts/setup test
	@tests/run

sanitize: ## only the C tests, under ASan and UBSan
	@scripts/setup test
	@tests/run sanitize

threads: ## the C tests under ThreadSanitizer
	@scripts/setup test
	@tests/run threads

$(BUILD)-fuzz/build.ninja:
	CC=clang $(MESON) -Dfuzz=true -Dtesting=true -Db_sanitize=address,undefined -Db_lundef=false \
		-Doptimization=1 $(BUILD)-fuzz

fuzz: ## each fuzz target for FUZZ_SECONDS seconds (30)
	@scripts/setup test
	@$(MAKE) --no-print-directory $(BUILD)-fuzz/build.ninja
	@scripts/fuzz $(BUILD)-fuzz $(FUZZ_SECONDS)

REFERENCE_PAIRS ?= 1000000
reference: ## the engine against the slow reference matcher: a million pairs of rule and event
	@scripts/setup test
	@$(MAKE) --no-print-directory build
	@ninja -C $(BUILD)-release --quiet detect/match-tool
	@node tests/reference/pairs.mjs --pairs $(REFERENCE_PAIRS)

check-headers: ## each header alone, gcc and clang
	@tests/run headers

coverage: ## lines and branches that the C tests reach: out/coverage
	@scripts/setup lint
	@scripts/coverage

bench: ## figures beside their yardsticks
	@scripts/setup lint
	@$(MAKE) --no-print-directory build
	@bench/run

bench-detect: ## the detection engine beside its yardsticks: one table
	@scripts/setup lint
	@$(MAKE) --no-print-directory build
	@ninja -C out/build-release --quiet bench/bench-detect
	@node bench/detect.mjs

fresh: ## `make run` and its proof in a fresh Debian 12 root
	@tests/fresh run

# -- habits ----------------------------------------------------------------

format: ## clang-format over the C files
	@scripts/setup lint
	@$(C_FILES) | xargs clang-format -i

check-format: ## tells which C files clang-format would change
	@scripts/setup lint
	@$(C_FILES) | xargs clang-format --dry-run -Werror

lint: ## clang-tidy, cppcheck, shellcheck
	@scripts/setup lint
	@scripts/lint

docs: ## manual pages and documents
	@scripts/setup lint
	@scripts/check-docs

clean: ## removes what was built, keeps var/ (data)
	rm -rf out console/dist

clean-data: ## removes the data of `make run`
	rm -rf var
