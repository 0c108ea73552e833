// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

@testable import deploykit_cli

/// The help of every verb and its page of the manual are what people have seen and agreed to.
@Suite struct HelpGoldenTests {
    private static func file(of verb: Verb) -> String {
        "\(verb.name.replacing(" ", with: "-")).txt"
    }

    @Test(arguments: Verb.all.map(\.name))
    func theHelpOfAVerbIsItsGolden(_ name: String) throws {
        let verb = try #require(Verb.all.first { $0.name == name })
        try Golden.expect(
            Help.text(for: verb) + "\n== manual\n" + ManPage(verb).text,
            "help/\(Self.file(of: verb))"
        )
    }

    @Test func theOverviewIsItsGolden() throws {
        try Golden.expect(
            Help.overview + "\n== manual\n" + ManPage.overview.text,
            "help/overview.txt"
        )
    }

    @Test func noGoldenIsLeftOfAVerbThatIsGone() throws {
        let known = Set(Verb.all.map(Self.file)).union(["overview.txt"])
            // Built with the trait Postgres there are these verbs too.
            .union(["store-grant.txt"])
        #expect(try Golden.names(in: "help").subtracting(known) == [])
    }

    @Test func everyVerbHasASummaryAndAnExample() {
        for verb in Verb.all {
            #expect(
                !verb.examples.isEmpty,
                "'\(verb.name)' has no example: give its Verb one that people would type"
            )
            #expect(!verb.summary.isEmpty && !verb.summary.hasSuffix("."), "'\(verb.name)'")
            for option in verb.options + Option.global {
                #expect(!option.summary.isEmpty, "'\(verb.name)' --\(option.name) says nothing")
            }
        }
    }

    @Test func everyPageOfTheManualPassesTheLinter() throws {
        guard access("/usr/bin/mandoc", X_OK) == 0 else {
            print("mandoc is absent: the pages of the manual are not linted")
            return
        }
        let bench = try Bench()
        try bench.makeFolder("man")
        #expect(try bench.run("help", "--man", "--output", "man").code == 0)
        // One finding a line. What refers to a page that is not installed is no fault.
        let script = """
            cd man && mandoc -Tlint -Wstyle *.1 | grep -v 'referenced manual not found'; \
            mandoc -Tutf8 *.1 >../all.txt && ls | wc -l
            """
        let process = try bench.begin(words: [], through: ["/bin/sh", "-c", script])
        #expect(Bench.end(of: process) == 0)
        let lines = try bench.lastOutput().split(separator: "\n")
        #expect(lines.count == 1, "\(lines.prefix(5).joined(separator: "\n"))")
        #expect(lines.last.map { $0.trimmed } == "\(Verb.all.count + 1)")
    }

    @Test func aMisspeltWordIsCorrected() throws {
        let bench = try Bench()
        try bench.start()
        func advice(_ words: String...) throws -> String {
            let run = try bench.run(words: words)
            #expect(run.code == 64, "\(words)")
            return run.errors
        }
        #expect(try advice("statsu").contains("did you mean 'deploykit status'?"))
        #expect(try advice("verify").contains("did you mean 'deploykit audit verify'?"))
        #expect(try advice("audit", "verfy").contains("did you mean 'deploykit audit verify'?"))
        #expect(try advice("done", "bakup").contains("did you mean 1.1 database/backup?"))
        #expect(try advice("done", "1.1", "--noet", "x").contains("did you mean --note?"))
        #expect(try advice("sign", "qa-enginer", "--approve").contains("mean 'qa-engineer'?"))
        #expect(try advice("gate", "databse migration").contains("mean 'Database migration'?"))
    }

    @Test(arguments: ["1.1", "database/backup", "backup", "backu", "DATABASE/B", "create the"])
    func anItemIsFoundByANumberOrAnUnambiguousBeginning(_ name: String) throws {
        let bench = try Bench()
        try bench.start()
        let run = try bench.run("done", name, "--json")
        #expect(run.code == 0, "\(run.errors)")
        #expect(try run.json()["item"]?["id"]?.string == "database/backup")
    }

    @Test func aBeginningThatFitsSeveralItemsIsRefusedWithTheirNames() throws {
        let bench = try Bench()
        try bench.start()
        let run = try bench.run("done", "database/")
        #expect(run.code == 64 && run.errors.contains("fits 3 items"), "\(run.errors)")
    }
}
