// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// A definition that breaks a rule, and one that comes close and does not.
struct LintCase: CustomTestStringConvertible, Sendable {
    let rule: LintRule
    let subject: ChecklistFinding.Subject
    let broken: Checklist
    let sound: Checklist

    var testDescription: String { "\(rule.name): \(subject)" }
}

@Suite struct DefinitionLintTests {
    @Test(arguments: LintCase.all)
    func aRuleFiresOnItsFixtureAndNotNextToIt(_ example: LintCase) {
        let findings = example.broken.findings()
        #expect(
            findings.filter { $0.rule == example.rule }.map(\.subject) == [example.subject],
            "\(findings)"
        )
        #expect(!example.sound.findings().contains { $0.rule == example.rule })
    }

    @Test func everyRuleHasAFixture() {
        let covered = Set(LintCase.all.map(\.rule.name))
        #expect(covered == Set(LintRule.definition.map(\.name)))
        #expect(LintRule.definition.count == Set(LintRule.definition.map(\.name)).count)
    }

    @Test func rulesHaveNamesAndSentences() {
        for rule in LintRule.definition {
            #expect(rule.name.allSatisfy { $0 == "-" || $0.isLowercase })
            #expect(rule.sentence.hasSuffix(".") && rule.sentence.count > 40, "\(rule.name)")
        }
    }

    @Test func aFindingInACommandNamesItsLineAndNeverTheSecret() throws {
        let checklist = LintCase.checklist([
            Item(
                "Tell",
                .shell("# quietly\nhorn --to <quay>\nhorn --token gull4everything"),
                effect: .idempotent
            )
        ])
        let findings = checklist.findings()
        #expect(findings.map(\.commandLine) == [2, 3])
        #expect(findings.map(\.rule) == [.unboundPlaceholder, .secretInCommand])
        #expect(!findings.contains { $0.message.contains("gull4everything") })
    }

    @Test(arguments: [
        "psql postgres://mate:gullwing7@quay/ferry", "PGPASSWORD=gullwing7 psql -h quay",
        "quayctl login --password gullwing7", "quayctl login --api-key='9fb1c27d00'",
        "curl -H 'Authorization: Bearer 9fb1c27d00aa41c3f' https://quay.example",
        "export JWT_SECRET=\"gullwing-and-more\"", "aws configure set x AKIAIOSFODNN7ABCDEFG",
    ])
    func aSecretInClearIsFound(_ line: String) {
        #expect(CommandLint.breaches(inLine: line).map(\.rule) == [.secretInCommand])
    }

    @Test(arguments: [
        "psql postgres://mate:$PASSWORD@quay/ferry", "PGPASSWORD=\"$PGPASSWORD\" psql -h quay",
        "quayctl login --password-file /run/secret", "quayctl login --api-key=xxxxxxxx",
        "quayctl login --token your-token-here",
        "curl -H \"Authorization: Bearer $TOKEN\" https://q.example",
        "export JWT_SECRET=$(openssl rand -hex 32)",
        "stellar --network-passphrase \"Quay Network\"",
        "grep PASSWORD= settings", "kubectl get secret", "API_KEY=sk-***",
        "quayctl key --public-key abcdefgh",
    ])
    func aVariableAFileAndAMaskAreNoSecrets(_ line: String) {
        #expect(CommandLint.breaches(inLine: line).map(\.rule).contains(.secretInCommand) == false)
    }

    @Test func aDirectoryDecidesWhetherThereAreEnoughPeople() {
        let checklist = LintCase.checklist(
            [Item("Go")],
            slots: [
                LintCase.slot("Mate", count: 1, gate: .completion),
                LintCase.slot("Pilot", count: 1, gate: .completion),
            ]
        )
        #expect(checklist.findings().isEmpty)
        let both = Directory.Person(id: "ida", roles: ["Mate", "Pilot"])
        let one = checklist.findings(directory: Directory(people: [both]))
        #expect(one.map(\.rule) == [.unsatisfiableSignOff], "one person counts once")
        let two = Directory(people: [both, Directory.Person(id: "ole", roles: ["Pilot"])])
        #expect(checklist.findings(directory: two).isEmpty)
        let nobody = Directory(people: [Directory.Person(id: "ole", roles: ["Cook"])])
        #expect(checklist.findings(directory: nobody).count == 2)
    }

    @Test func aHugeCountIsRefusedWithoutCountingToIt() {
        let rule = SignOffRule(count: .max, people: ["ida"])
        let slot = SignOffSlot(id: "s", label: "S", rule: rule, gate: .completion)
        #expect(LintCase.checklist([Item("Go")], slots: [slot]).findings().count == 1)
    }
}

@Suite struct ShellVariablesTests {
    @Test(arguments: [
        ("echo $A ${B} \"$C\"", ["A", "B", "C"]), ("echo '$A' \\$B # $C", []),
        ("A=1\necho $A", []), ("echo $A\nA=1", ["A"]), ("read -r A\necho $A", []),
        ("for A in 1 2; do echo $A; done", []), ("echo ${A:-x} ${B:?no}", []),
        ("export A=$(b) && echo $A $B", ["B"]), ("echo $1 $? $$", []),
        ("echo \"it's $A\"", ["A"]),
        ("case $A in\n  b) port=1 ;;\nesac\nweb $port", ["A"]),
        ("if true; then X=1; else X=2; fi; { Y=3; echo $X$Y; }", []),
    ])
    func readsAreWhatTheScriptHasNotWritten(_ script: String, _ names: [String]) {
        #expect(ShellVariables.reads(in: script).map(\.name) == names)
    }

    @Test func writesSayWhetherACommandMadeThem() {
        let writes = ShellVariables.writes(in: "A=1\nexport B=\"$(make)\"\nC=`make`; D=$A")
        #expect(writes.map(\.use.name) == ["A", "B", "C", "D"])
        #expect(writes.map(\.isOutput) == [false, true, true, false])
        #expect(writes.map(\.use.line) == [1, 2, 3, 3])
    }
}
