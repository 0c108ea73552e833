// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CBaseline
import Foundation

extension Benchmarks {
    /// Reads a checklist of two megabytes, process against process.
    static func markdown(_ options: Options, _ report: inout Report) throws {
        let file = options.memory + "/checklist.md"
        try Data(document(bytes: 2_000_000).utf8).write(to: URL(fileURLWithPath: file))
        // 1: the definition has findings, which is an answer too.
        let ours = try run(
            [options.command, "check", "--json", file],
            rounds: 5,
            statuses: [0, 1],
            watchesMemory: true
        )
        let theirs = try run(
            ["cmark-gfm", "-e", "table", "-e", "tasklist", "-t", "xml", file],
            rounds: 5,
            watchesMemory: true
        )
        report.row(
            "read a checklist of 2 MB, CPU",
            Report.milli(ours.cpu),
            "cmark-gfm -t xml \(Report.milli(theirs.cpu))",
            ratio: ours.cpu / theirs.cpu,
            goal: 1
        )
        report.note(
            "read a checklist of 2 MB, peak memory",
            "\(Report.short(ours.peakInMiB)) MiB",
            "\(Report.short(theirs.peakInMiB)) MiB"
        )
    }

    /// Reads pages that nobody would write, in two lengths: twice the length may take twice the
    /// time and a little more, never four times.
    static func hostileMarkdown(_ options: Options, _ report: inout Report) throws {
        let file = options.memory + "/hostile.md"
        for page in HostilePage.all {
            let costs = try [page.count / 2, page.count].map { count in
                try Data(page.text(count).utf8).write(to: URL(fileURLWithPath: file))
                return try run(
                    [options.command, "check", "--json", file],
                    rounds: 3,
                    statuses: page.statuses
                )
            }
            report.row(
                "check a page of \(page.count) \(page.name), CPU",
                Report.milli(costs[1].cpu),
                "of half as many \(Report.milli(costs[0].cpu))",
                ratio: costs[1].cpu / costs[0].cpu,
                goal: 2.7
            )
        }
    }

    /// A checklist of the usual shape, as long as asked.
    private static func document(bytes: Int) -> String {
        var text = "# Payments release\n\n**Service:** payments\n"
        var number = 0
        while text.utf8.count < bytes {
            number += 1
            text += """

                ## Phase \(number): Part \(number) of the release

                Everything in this phase is done *before* the next one begins; see
                [the runbook](https://example.org/runbook/\(number)) for what to do when it is not.

                ### Preparation \(number)

                - [ ] The backup of database `payments-\(number)` is verified
                    - [ ] It was restored on a spare host
                    - [x] The checksum was compared
                - [ ] Error rate of part \(number) is below 0.\(number % 9 + 1)%
                - [ ] **Migrate** the schema to version \(number)

                  ```bash
                  ./migrate --to \(number) --database payments
                  ```

                1. [ ] Tell the people on call
                2. [ ] Watch the dashboard for 15 minutes

                | Step | Owner | Done |
                |------|-------|------|
                | Cache \(number) warmed | Operations | [ ] |
                | Limits raised | Platform | [x] |

                """
        }
        return text
    }
}
