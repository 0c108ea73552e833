// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// No key of the declared grammar is accepted without an effect.
@Suite struct DeclarationKeyTests {
    private static let command = "# T\n## P\n- [ ] Do `make it` "
    private static let slot =
        "# T\n## P\n- [ ] a\n## Deploy\n- [ ] b\n## Sign-Off\n- [ ] QA: ___ Date: ___ "
    private static let capture = "# T\n## P\n- [ ] Do `make it` <!-- deploykit: effect=none "
    private static let account = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
    private static let salt = String(repeating: "0", count: 64)
    private static let probe =
        "# T\n## P\n- [ ] See `GET http://a/` <!-- deploykit: kind=probe suite=s "
    private static let suite = "\n- [ ] See `GET http://a/` <!-- deploykit: kind=probe -->\n"
    private static let trigger =
        "# T\n- [ ] a\n## Rollback\n### When to roll back\n- Fog "
    private static let item = "# T\n- [ ] a <!-- deploykit: id=a suite=smoke -->\n"
    private static let metrics = "## Success metrics\n1. **Delay** "
    private static let rate = "# T\n- [ ] a\n## Success metrics\n1. **Rate** "
    private static let step = "## Rollback\n### Level 1: Stop\n1. Stop it "

    /// What stands before and after a comment; the page has another value with the comment.
    private static let effects: [(key: String, before: String, value: String, after: String)] = [
        ("id", command, "x", "\n"), ("id", "# T\n## P\n", "x", "\n- [ ] a\n"),
        ("id", "# T\n## P\n- [ ] a\n### S\n", "x", "\n- [ ] a\n"),
        ("id", "# T\n- [ ] a\n## Rollback\n### Level 1: Stop\n", "x", "\n1. Stop it\n"),
        ("id", trigger, "x", "\n"), ("id", slot, "x", "\n"),
        ("kind", "# T\n## Rollback\n", "manual", "\n- [ ] a\n"),
        ("kind", command, "observation", "\n"),
        ("effect", command, "none", "\n"), ("timeout", command, "5m", "\n"),
        ("after", "# T\n## P\n- [ ] One\n- [ ] Two ", "one", "\n"),
        ("environment", command, "staging", "\n"),
        ("environment", "# T\n## P\n", "staging", "\n- [ ] a\n"),
        ("environment", "# T\n## P\n- [ ] a\n### S\n", "staging", "\n- [ ] a\n"),
        ("environment", "# T\n", "staging", "\n## P\n- [ ] a\n"),
        ("environment", "", "staging", "\n# T\n## P\n- [ ] a\n"),
        ("gate", "# T\n## P\n", "completed(testnet)", "\n- [ ] a\n"), ("gate", slot, "p", "\n"),
        ("gate", "# T\n## P\n- [ ] a\n## Sign-Off\n", "p", "\n- [ ] QA: ___ Date: ___\n"),
        ("gate", "# T\n", "closure", "\n## P\n- [ ] a\n## Sign-Off\n- [ ] QA: ___ Date: ___\n"),
        ("moment", slot, "before-deploy", "\n"), ("moment", slot, "review", "\n"),
        ("moment", "# T\n## P\n- [ ] a\n## Sign-Off\n", "review", "\n- [ ] QA: ___ Date: ___\n"),
        ("when", command, "tier=test", "\n"), ("secrets", command, "TOKEN", "\n"),
        ("inherit", command, "SHELL", "\n"), ("cwd", command, "quay", "\n"),
        ("shell", capture + "kind=command --> ", "zsh", "\n"),
        ("capture", capture + "--> ", "BUOY_ID", "\n"),
        ("from", capture + "capture=BUOY_ID --> ", "out.json#/id", "\n"),
        ("deployer", capture + "capture=BUOY_ID --> ", "\(account) salt=\(salt)", "\n"),
        ("salt", capture + "capture=BUOY_ID --> ", "\(salt) deployer=\(account)", "\n"),
        ("network", capture + "capture=BUOY_ID --> ", "stellar:testnet", "\n"),
        ("metric", command, "delay", "\n"),
        (
            "metric",
            item + metrics + "\n   - Target: <5s\n## Rollback\n### When to roll back\n- Fog ",
            "delay", "\n"
        ),
        ("level", trigger, "level-1-stop", "\n### Level 1: Stop\n1. Stop it\n"),
        ("trigger", trigger, "automatic", "\n"),
        ("item", item + "## Rollback\n### When to roll back\n- Fog ", "a", "\n"),
        ("compensates", item + step, "a", "\n"), ("verification", item + step, "true", "\n"),
        ("window", item + metrics, "5m", "\n   - Target: <5s\n"),
        ("samples", item + metrics, "5", "\n   - Target: <5s\n"),
        ("role", item + metrics, "advisory", "\n   - Target: <5s\n"),
        ("nodata", item + metrics, "breach", "\n   - Target: <5s\n"),
        ("for", item + metrics, "5m", "\n   - Target: <5s\n"),
        ("consecutive", item + metrics, "3", "\n   - Target: <5s\n"),
        ("keep", item + metrics, "5m", "\n   - Target: <5s\n"),
        ("part", rate, "a whole=b", "\n   - Target: >95%\n"),
        ("whole", rate, "b part=a", "\n   - Target: >95%\n"),
        ("others", rate, "b part=a", "\n   - Target: >95%\n"),
        ("evidence", command, "photo", "\n"), ("assurance", slot, "sshKey", "\n"),
        (
            "assurance", "# T\n## P\n- [ ] a\n## Sign-Off\n", "sshKey",
            "\n- [ ] QA: ___ Date: ___\n"
        ),
        ("assurance", "# T\n", "sshKey", "\n- [ ] a\n## Sign-Off\n- [ ] QA: ___ Date: ___\n"),
        ("suite", command, "smoke", "\n"),
        ("suite", trigger, "smoke", "\n## Smoke\n<!-- deploykit: suite=smoke -->\n" + suite),
        ("waivable", command, "false", "\n"), ("cleanup", probe + "-->", "true", "\n"),
        ("concurrency", "# T\n## P\n", "2", "\n- [ ] a\n"),
        ("concurrency", "# T\n", "2", "\n## P\n- [ ] a\n"),
        ("hook", "# T\n", "tell-ops", "\n## P\n- [ ] a\n"),
        ("hook", "# T\n## P\n", "tell-ops", "\n- [ ] a\n"),
        ("hook", "# T\n## P\n### S\n", "tell-ops", "\n- [ ] a\n"),
        ("hook", command, "tell-ops", "\n"),
        ("suite", "# T\n## P\n", "s", suite), ("check", probe + "-->", "readOnly", "\n"),
        ("minimum", "# T\n## P\n<!-- deploykit: suite=s -->\n", "2", suite),
        ("timeout", "# T\n## P\n<!-- deploykit: suite=s -->\n", "3m", suite),
        ("identity", "# T\n## P\n<!-- deploykit: suite=s -->\n", "buyer", suite),
        ("credential", "# T\n## P\n<!-- deploykit: suite=s -->\n", "KEY", suite),
        (
            "rotate", "# T\n## P\n<!-- deploykit: suite=s credential=KEY -->\n", "2027-01-31",
            suite
        ),
        ("attempts", probe + "-->", "3", "\n"), ("delay", probe + "attempts=3 -->", "5s", "\n"),
        ("expect", probe + "-->", "/a=up", "\n"), ("header", probe + "-->", "\"A: b\"", "\n"),
        ("within", probe + "-->", "500ms", "\n"), ("redirects", probe + "-->", "2", "\n"),
        ("ca", probe + "-->", "ca.pem", "\n"),
        ("output", capture + "kind=command -->", "BUILD_ID", "\n"),
        ("from", capture + "kind=command output=BUILD_ID -->", "stdout#/id", "\n"),
        ("field", "# T\n- [ ] a\n## Notes\n- Weather: ___ ", "sky", "\n"),
        ("field", "# T\n- [ ] Weather: ___ ", "sky", "\n"),
    ]

    @Test(arguments: effects)
    func aKeyHasAnEffect(_ effect: (key: String, before: String, value: String, after: String))
        throws
    {
        let comment = "<!-- deploykit: \(effect.key)=\(effect.value) -->"
        let declared = try read(effect.before + comment + effect.after).checklist
        #expect(declared.json != (try read(effect.before + effect.after).checklist.json))
    }

    @Test func everyKeyIsShownToHaveAnEffectOrIsRefused() {
        let shown = Set(Self.effects.map(\.key)).union(["json"])
        #expect(shown == ChecklistDocument.declaredKeys)
    }

    /// Wherever it stands, a declaration has an effect or is refused, with its line.
    @Test(arguments: ChecklistDocument.declaredKeys.sorted())
    func aKeyWithoutAnEffectIsRefused(_ key: String) {
        let comment = "<!-- deploykit: \(key)=\(key == "json" ? "{}" : "x") -->"
        let places = [
            "# T\n- [ ] a\n\n## Notes\n\(comment)\n\nText.\n",
            "# T\n- [ ] a\n\n## Notes\n\nText. \(comment)\n",
            "# T\n- [ ] a\n\n| A | B |\n|---|---|\n| c | \(comment) |\n",
            "# T\n- [ ] a\n\n## Rollback\n1. Stop it \(comment)\n",
            "# T\n- [ ] a\n\n## Emergency contacts\n- Harbour \(comment)\n",
        ]
        for place in places {
            let line = 1 + place.prefix(upTo: place.start(of: comment)).count { $0 == "\n" }
            let error = #expect(throws: DocumentError.self, "\(place)") { try read(place) }
            #expect(error?.faults.contains { $0.line == line } == true, "\(place)")
        }
    }

    @Test(arguments: [
        "json", "gate", "concurrency", "trigger", "level", "shell", "network",
    ])
    func aKeyThatSaysNothingOfAnItemIsRefused(_ key: String) {
        let value = key == "json" ? "{}" : "x"
        let error = #expect(throws: DocumentError.self) {
            try read("# T\n- [ ] a <!-- deploykit: \(key)=\(value) -->\n")
        }
        #expect(error?.line == 2)
        #expect(error?.message.contains("'\(key)'") == true)
    }

    @Test func momentAndGateTogetherAreRefused() {
        #expect(throws: DocumentError.self) {
            try read(Self.slot + "<!-- deploykit: gate=completion moment=review -->\n")
        }
    }

    @Test func aMomentThatIsNotThereIsRefused() {
        let error = #expect(throws: DocumentError.self) {
            try read(
                "# T\n## Checks\n- [ ] a\n## Sign-Off\n- [ ] QA: ___ Date: ___ "
                    + "<!-- deploykit: moment=before-deploy -->\n"
            )
        }
        #expect(error?.line == 5)
    }

    // MARK: Times

    @Test(arguments: [
        ("T+15m Look at the queue", 900), ("T-2 hours: tell the harbour", -7200),
        ("**D-1:** freeze", -86_400), ("(T+0) go", 0), ("T+1h30", nil), ("T+45: look", nil),
        ("T+3 Wochen", nil), ("IT+5m", nil), ("T+90s", 90), ("T+24 hours", 86_400),
    ])
    func anItemIsDueWhenItsTitleSays(_ title: String, _ seconds: Int?) throws {
        let item = try #require(try read("# T\n- [ ] \(title)\n").checklist.items.first)
        #expect(item.offset == seconds.map { Duration.seconds($0) })
        #expect(try Item(json: item.json) == item)
    }
}

extension String {
    fileprivate func start(of text: String) -> String.Index {
        firstRange(of: text)?.lowerBound ?? endIndex
    }
}
