// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

@Suite struct LintTests {
    @Test(arguments: PageFixture.all)
    func aRuleFiresOnItsLinesAndNotNextToThem(_ fixture: PageFixture) throws {
        let findings = try read(fixture.page).findings
        let own = findings.filter { $0.rule == fixture.rule.name }
        #expect(own.map(\.line) == fixture.lines, "\(findings)")
        #expect(own.allSatisfy { $0.severity == fixture.rule.severity })
        let quiet = try read(fixture.sound).findings.filter { $0.rule == fixture.rule.name }
        #expect(quiet.isEmpty, "\(quiet)")
    }

    @Test func everyRuleAcrossProseHasAFixture() {
        let covered = Set(PageFixture.all.map(\.rule))
        let prose = LintRule.all.filter { !LintRule.definition.contains($0) }
        #expect(prose.count == 7)
        #expect(prose.allSatisfy { covered.contains($0) })
    }

    @Test func everyFindingNamesARuleOfTheRegistry() throws {
        let names = Set(LintRule.all.map(\.name))
        #expect(names.count == LintRule.all.count, "each name once")
        for fixture in PageFixture.all {
            for finding in try read(fixture.page).findings {
                #expect(names.contains(finding.rule))
            }
        }
    }

    @Test func theReportNamesTheRulesThatItUses() throws {
        let fixture = try #require(PageFixture.all.first { $0.rule == .ratioMismatch })
        let findings = try read(fixture.page).findings
        #expect(findings.contains { $0.rule == "ratio-mismatch" && $0.severity == .error })
        #expect(findings.contains { $0.message.contains("20% here is 16.7% of all") })
    }
}

@Suite struct ExpressionTests {
    @Test(arguments: [
        "up", "up{job=\"quay\"}", "sum(rate(x_total[5m])) by (job) > 0.5", "sum by (a, b) (x)",
        "a / on(quay) group_left(ship) b", "-x ^ 2 ^ 3",
        "histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))",
        "x offset 5m", "rate(x[5m:1m])", "x > bool 5", "(a + b) * 100 >= 99.5",
        "a unless b or c and d",
        "{__name__=\"x\", y!~\"z|w\"}", "success / total > 95%",
    ])
    func anExpressionIsRead(_ text: String) throws {
        let page = PageFixture.rules(
            "      - alert: A\n        expr: \(text) and rate(zz[5m]) > 1"
        )
        #expect(try read(page).findings.contains { $0.message.contains("'zz'") }, "\(text)")
    }

    @Test(arguments: [
        "sum(", "x y", "x{", "x[5m", "a /", "\"text\"", "1 + 2", "x{a=b}", ") > 0",
        "rate(x[5m])) > 0", "increase(x[5m]) > zero day",
    ])
    func whatIsNoExpressionIsPassedOver(_ text: String) throws {
        let page = PageFixture.rules("      - alert: A\n        expr: \(text)")
        #expect(try read(page).findings.isEmpty)
    }

    @Test func deepNestingIsPassedOver() throws {
        let deep = String(repeating: "(", count: 2000) + "x" + String(repeating: ")", count: 2000)
        #expect(
            try read(PageFixture.rules("      - alert: A\n        expr: \(deep) > 0")).findings
                .isEmpty
        )
        let long = String(repeating: "x + ", count: 20_000) + "x"
        #expect(
            try read(PageFixture.rules("      - alert: A\n        expr: \(long) > 0")).findings
                .isEmpty
        )
    }

    @Test func aPathIsNoDivision() throws {
        let page = PageFixture.rules(
            "      - alert: A\n        expr: x_y > 1",
            before: "See `docs/ferry_plan.md` and `(ferry.a/ferry.b)`.\n"
        )
        #expect(!(try read(page).findings.contains { $0.message.contains("ferry.a") }))
    }
}
