// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A page with a very long run of one thing.
struct HostilePage: Sendable {
    /// What there is so much of.
    let name: String
    /// How many of it.
    var count = 100_000
    /// How `check` may end: 3 for what exceeds a limit, which is found out after reading.
    var statuses: Set<Int32> = [0, 1]
    /// The page with so many of it.
    let text: @Sendable (Int) -> String

    static let all = [
        run("unclosed brackets", "["),
        run("unclosed links", "[a](b "),
        run("links", "[a](b) "),
        run("openings of emphasis", "*a **b "),
        run("code spans", "`A_B` 32-character "),
        run("comments", "a <!-- b --> "),
        run("comments that do not end", "a <!-- deploykit:blank "),
        run("bounds in one line", "p > 5% "),
        run("cells of a row", "|c", before: "|a|b|\n|-|-|\n"),
        run("levels of quotes", "> ", before: "- [ ] a\n\n", count: 10_000),
        run("levels of lists", "1. ", before: "", count: 10_000, statuses: [3]),
        lines("definitions of links") { "[r\($0)]: u\($0)" },
        lines("items of one name") { _ in "- [ ] same" },
        lines("metrics", before: "## Success metrics\n\n") {
            "- error rate \($0) < \($0 % 90 + 1)%"
        },
        lines("triggers", before: "## Rollback\n\n### When to roll back\n\n") {
            "- error rate \($0) > \($0 % 90 + 1)%"
        },
        lines("places for signatures", before: "## Sign-off\n\n") {
            "- Lead \($0): ______ Date: ______"
        },
        lines("variables", before: "```env\n") { "VAR_\($0)=x" },
        lines("findings", before: "- [ ] a\n\n  ```bash\n") { "  deploy <host-\($0)>" },
        lines("windows", count: 25_000) {
            "## Day \($0 % 900 + 1) monitoring \($0)\n\n- [ ] look daily\n"
        },
        lines("phases", count: 50_000) { "## Phase \($0)\n\n- [ ] a\n" },
        lines("sections of 150 bytes", count: 100_000) {
            "## Part \($0)\n\nAll of *this* happens before the next part begins.\n\n- [ ] Host \($0) is up\n"
                + "  - [x] It answers\n\n```bash\nmake part\n```\n"
        },
    ]

    /// One line of the same again and again.
    private static func run(
        _ name: String,
        _ piece: String,
        before: String = "- [ ] ",
        count: Int = 100_000,
        statuses: Set<Int32> = [0, 1]
    ) -> HostilePage {
        HostilePage(name: name, count: count, statuses: statuses) { count in
            "# Page\n\n" + before + String(repeating: piece, count: count) + "a\n"
        }
    }

    /// A line, or a few, for each number.
    private static func lines(
        _ name: String,
        before: String = "",
        count: Int = 100_000,
        statuses: Set<Int32> = [0, 1],
        line: @escaping @Sendable (Int) -> String
    ) -> HostilePage {
        HostilePage(name: name, count: count, statuses: statuses) { count in
            "# Page\n\n" + before + (0..<count).map(line).joined(separator: "\n") + "\n"
        }
    }
}
