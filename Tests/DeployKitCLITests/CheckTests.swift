// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct CheckTests {
    private static let page = """
        # Ferry

        ## Deploy
        - [ ] Tell the quay
          ```bash
          horn --to <quay>
          ```
        - [ ] Sail

        """

    private func bench(_ page: String = page, name: String = "ferry.md") throws -> Bench {
        let bench = try Bench()
        try bench.write(page, to: name)
        return bench
    }

    /// The lines that a runner of GitHub would take for orders, as it reads them: those that begin
    /// with `::` or hold `##[`, where nothing has stopped it.
    private func orders(in output: String) -> [String] {
        var orders: [String] = []
        var token: String?
        for line in output.split(whereSeparator: \.isNewline).map({ $0.trimmed }) {
            if let stopped = token {
                if line == "::\(stopped)::" { token = nil }
            } else if line.hasPrefix("::stop-commands::") {
                token = String(line.dropFirst("::stop-commands::".count))
            } else if line.hasPrefix("::") || line.contains("##[") {
                orders.append(line)
            }
        }
        return token == nil ? orders : orders + ["never resumed"]
    }

    @Test func findingsStandBesideTheirLinesUnderGitHubAlone() throws {
        let bench = try bench()
        for variables in [[:], ["CI": "true"], ["GITHUB_ACTIONS": "false"]] {
            let run = try bench.run("check", "ferry.md", with: variables)
            #expect(run.code == 0)
            #expect(!run.output.contains("::") && !run.errors.contains("::"), "\(variables)")
        }
        let run = try bench.run("check", "ferry.md", with: ["GITHUB_ACTIONS": "true"])
        #expect(run.output.contains("::stop-commands::"))
        #expect(
            orders(in: run.output) == [
                "::warning file=ferry.md,line=6,title=unbound-placeholder::'<quay>' has no value; "
                    + "the command cannot run as it stands"
            ]
        )
    }

    @Test func jsonStaysOneObjectUnderGitHub() throws {
        let run = try bench().run("check", "--json", "ferry.md", with: ["GITHUB_ACTIONS": "true"])
        let json = try run.json()
        #expect(json["rules"]?.array?.compactMap { $0["name"]?.string } == ["unbound-placeholder"])
        #expect(orders(in: run.errors).count == 1)
    }

    @Test func aPageCannotOrderTheRunner() throws {
        let page = """
            # ::set-env name=A::1
            ::error::nobody said so
            ## ##[add-mask]x
            - [ ] a
            ## Metrics to Monitor
            - **##[set-output name=x]y%0A::error::z**
              - Warning: >12000ms
              - Critical: >6000ms

            """
        let name = "a%0A\n::error file=b,line=1::c: ##[debug]d,e.md"
        let run = try bench(page, name: name).run(
            "check",
            "--verbose",
            name,
            with: ["GITHUB_ACTIONS": "true"]
        )
        let orders = orders(in: run.output + run.errors)
        #expect(orders.count == 2, "\(orders)")
        for order in orders {
            #expect(order.hasPrefix("::warning file=a%250A"))
            let properties = order.dropFirst("::warning ".count).prefix { $0 != ":" }
            #expect(properties.split(separator: ",").count == 3, "\(order)")
            #expect(
                properties.hasSuffix("title=unreachable-band")
                    || properties.hasSuffix("title=bands-critical-outside-warning")
            )
            #expect(order.contains("%250A"), "a percent sign is escaped")
        }
    }

    @Test func whatCannotBeReadIsAnErrorBesideItsFile() throws {
        let bench = try bench("# T\n- [ ] x <!-- deploykit: colour=red -->\n")
        let run = try bench.run("check", "ferry.md", with: ["GITHUB_ACTIONS": "true"])
        #expect(run.code == 3)
        #expect(orders(in: run.output).count == 1)
        #expect(orders(in: run.output)[0].hasPrefix("::error file=ferry.md,title=unreadable::"))
    }

    @Test func manyFindingsAreBoundedInTextAndWholeInJSON() throws {
        let lines = (1...5000).map { "   horn --to <quay\($0)>\n" }.joined()
        let bench = try bench("# Ferry\n## Deploy\n1. Tell\n\n   ```bash\n\(lines)   ```\n")
        let text = try bench.run("check", "ferry.md", with: ["GITHUB_ACTIONS": "true"])
        #expect(text.code == 0)
        #expect(text.output.split(separator: "\n").count < 130)
        #expect(text.output.contains("and 4900 more, which --json lists"))
        #expect(orders(in: text.output).count == 10)
        let json = try bench.run("check", "--json", "ferry.md").json()
        #expect(json["files"]?.array?.first?["findings"]?.array?.count == 5000)
    }

    @Test func annotatingLeavesTheOriginalUnlessItIsNamed() throws {
        let bench = try bench()
        let printed = try bench.run("check", "--annotate", "ferry.md")
        #expect(printed.code == 0)
        #expect(printed.output.contains("<!-- deploykit: id=deploy/sail kind=manual -->"))
        #expect(try bench.read("ferry.md") == Self.page)
        let written = try bench.run("check", "--annotate", "ferry.md", "--output", "copy.md")
        #expect(written.output == "3 declarations added, in copy.md\n")
        #expect(try bench.read("copy.md") == printed.output)
        #expect(try bench.read("ferry.md") == Self.page)
        let json = try bench.run("check", "--annotate", "--json", "ferry.md").json()
        #expect(json["markdown"]?.string == printed.output)
        #expect(try bench.run("check", "--annotate", "ferry.md", "--output", "ferry.md").code == 0)
        #expect(try bench.read("ferry.md") == printed.output)
        #expect(try bench.run("check", "ferry.md").output.contains("2 declared, 0 inferred"))
    }

    @Test func annotatingTakesOnePageAndOutputNeedsIt() throws {
        let bench = try bench()
        #expect(try bench.run("check", "--annotate", "ferry.md", "ferry.md").code == 64)
        #expect(try bench.run("check", "ferry.md", "--output", "x.md").code == 64)
        #expect(try bench.run("check").code == 64)
    }

    @Test func rulesAndSchemasArePrinted() throws {
        let bench = try bench()
        let rules = try bench.run("check", "--rules")
        let json = try bench.run("check", "--rules", "--json").json()
        let names = json["rules"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(names.count >= 21 && names == names.sorted())
        #expect(names.allSatisfy { rules.output.contains(" \($0) ") })
        for name in ["checklist", "report"] {
            let schema = try bench.run("check", "--schema", name)
            #expect(schema.output.contains("\"$id\": \"urn:deploykit:schema:\(name):1\""))
        }
        let unknown = try bench.run("check", "--schema", "moon")
        #expect(unknown.code == 64 && unknown.errors.contains("--schema report"))
    }

    @Test func aDefinitionInJSONIsHeldToTheRulesToo() throws {
        let bench = try bench()
        let checklist = Fixture.checklist.replacing(
            #""gate": "phase/backend""#,
            with: #""gate": "phase/moon""#
        )
        try bench.write(checklist, to: "checklist.json")
        let run = try bench.run("check", "checklist.json")
        #expect(run.code == 1)
        #expect(run.output.contains("unsatisfiable-sign-off sign-off/qa-engineer: "))
    }

    @Test func theProjectsPeopleDecideWhoMaySign() throws {
        let bench = try bench(Self.page + "## Sign-Off\n- [ ] Pilot: ______ Date: ____\n")
        #expect(try bench.run("check", "ferry.md").code == 0)
        try bench.write(Fixture.project, to: "deploykit.json")
        let run = try bench.run("check", "ferry.md")
        #expect(run.code == 1)
        #expect(run.output.contains("error   10    unsatisfiable-sign-off"))
        #expect(run.output.contains("1 error, 1 warning"))
    }
}
