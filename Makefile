# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# make demo    build, and play a whole checklist through testnet and mainnet
# make test    build, and run every test
# make lint    check the format of the sources
# make build   build the library and the command
# make examples   play the examples of Examples/, and compare what they print
# make fidelity CORPUS=FOLDER   measure the Markdown reader on real checklists, each with its limit
# make torture kill, crowd, fill up, damage and forge stores at full count, kill a run 200 times and
#              25 rollbacks, and a run once at each of its steps, follow 2,000 random histories of
#              rollbacks and 1,000 of deployments, read Markdown of 64 MiB, write 2,000 random
#              checklists as pages, and fuzz each parser for five minutes; SEED=2 tries others; an
#              hour on two busy cores
# make metrics judge 500 traces beside promtool, a million samples in one pass, pages beside
#              prometheus-client, and ask a real Prometheus server; four minutes
# make identifiers   compare 100,000 contract IDs and 10,000 values of environment files with other
#              programs
# make test-postgres     build with the trait Postgres, and run its tests on a private server
# make torture-postgres  the same with 100 kills of the server, 4,000 appends and other full counts
# make bench-postgres    measure that store beside libpq in C, and psql
# make bench   measure beside C, sha256sum, sqlite3 and cmark-gfm; minutes
# make fuzz SECONDS=60   feed the parsers what nobody would write, each for so long
# make look    open the pages of an evidence bundle and of a report in a headless Chromium; pictures
#              to look at
# make install PREFIX=/usr/local   the command built static, its manual, and completion for bash, zsh
#              and fish; DESTDIR is put before; make uninstall takes them away
# make docs    count the public symbols without a comment, and make the pages of each library
# make proofs  compare every proof of 256 trees, and 10,000 statements, with other programs
# make clean   remove what was built; the folders of earlier demos stay

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
.PHONY: bench bench-postgres build clean demo docs examples fidelity fuzz identifiers install lint look metrics \
    proofs setup test test-postgres torture torture-postgres uninstall

# How often `make torture` kills a run, and the seed that chooses the moments and the damage.
KILLS ?= 200
SEED ?= 1

# How many entries the large store of `make bench` holds, and how long `make fuzz` tries each target.
ENTRIES ?= 1000000
SECONDS ?= 60

setup:
	@Scripts/setup

build: setup
	swift build

demo: setup
	swift build --product deploykit
	@Examples/token-vesting/demo.sh

examples: setup
	swift build --product deploykit
	@Scripts/test-examples.sh demos

test: setup
	swift build --product deploykit
	swift test
	@Scripts/test-examples.sh
	@Scripts/kill-test.sh 5 $(SEED)
	@echo "left out: the PostgreSQL store; 'make test-postgres' installs a server and tests it"

fidelity: setup
	@Scripts/fidelity $(CORPUS)

# Two minutes; `make test` goes to 24 leaves and 500 statements.
proofs: setup
	PATH="$(CURDIR)/.build-oracles/bin:$$PATH" DEPLOYKIT_PROOF_SIZE=256 DEPLOYKIT_PROOF_FLIPS=200 \
	    DEPLOYKIT_STATEMENTS=10000 swift test --filter 'AuditProofOracle|AuditJSONOracle'

metrics: setup
	swift build --build-tests
	PATH="$(CURDIR)/.build-oracles/bin:$$PATH" DEPLOYKIT_TRACES=500 DEPLOYKIT_METRIC_PAGES=10000 \
	    DEPLOYKIT_SAMPLES=1000000 DEPLOYKIT_PROMETHEUS=1 swift test --skip-build \
	    --filter 'Metric|Promtool|PeerVector|OpenMetrics|PrometheusServer'

# `make test` compares 1,000 and 400.
identifiers: setup
	PATH="$(CURDIR)/.build-oracles/bin:$$PATH" DEPLOYKIT_IDENTIFIERS=100000 \
	    DEPLOYKIT_VALUES=10000 DEPLOYKIT_LINES=3000 \
	    swift test --filter 'ContractOracle|ContractEnvironmentOracle|EnvironmentReaderOracle'

bench: setup
	swift build -c release --static-swift-stdlib --product deploykit --scratch-path .build-static
	swift run -c release --package-path Benchmarks deploykit-bench \
	    --command .build-static/release/deploykit --size $(ENTRIES)

test-postgres: setup
	@Scripts/test-postgres

torture-postgres: setup
	@KILLS=100 APPENDS=500 CUTS=240 FLIPS=2000 FULL_DISKS=24 SEED=$(SEED) Scripts/test-postgres --no-parallel

bench-postgres: setup
	@Scripts/bench-postgres $(ENTRIES)

# Where `make install` puts things, and what stands before it for packagers.
PREFIX ?= /usr/local
DESTDIR ?=

install: setup
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' Scripts/install

uninstall:
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' Scripts/install --uninstall

docs: setup
	swift build
	@Scripts/docs

look: setup
	swift build --product deploykit
	@Scripts/look-at-report

fuzz: setup
	@Scripts/fuzz $(SECONDS)

# The campaigns of Tests/DeployKitSQLiteTests/Campaigns, of which `make test` tries a share. Each
# prints one line and can be had smaller or larger: STORE_KILLS=5000 make torture. One after the
# other, because two at once would take each other's time.
torture: setup proofs
	swift build --build-tests
	DEPLOYKIT_TORTURE=1 SEED=$(SEED) swift test --skip-build --no-parallel \
	    --filter 'CampaignTests|CanaryTests|HostileFileTests|OtherUserTests' | \
	    grep --line-buffered -E '^torture:|✘|↳|Test run with'
	@Scripts/kill-test.sh $(KILLS) $(SEED)
	DEPLOYKIT_HISTORIES=2000 DEPLOYKIT_ROLLBACK_KILLS=25 swift test --skip-build \
	    --filter 'RollbackInvariantTests|aKilledRollback'
	DEPLOYKIT_MARKDOWN_MIB=64 DEPLOYKIT_PAGES=2000 DEPLOYKIT_MUTATIONS=20000 swift test \
	    --filter 'MarkdownPropertyTests|ChecklistPageTests|MutationTests'
	DEPLOYKIT_HISTORIES=1000 swift test --skip-build --filter RandomHistoryTests
	@Scripts/fuzz 300

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Examples Benchmarks Fuzz Snippets

clean:
	swift package clean
	rm -rf Examples/*/.build Benchmarks/.build Benchmarks/ServerStore/.build Fuzz/.build Fuzz/Corpus .build-static
