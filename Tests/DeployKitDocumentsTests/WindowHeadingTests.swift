// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// Which headings open a monitoring window.
@Suite struct WindowHeadingTests {
    @Test(arguments: ["Week 2-4", "Weeks 2-4", "Weeks 2–4"])
    func severalWeeksAreOneWindow(heading: String) throws {
        let page = "# T\n## Deploy\n- [ ] a\n## Follow-up\n### \(heading)\n- [ ] Weekly: trends\n"
        let checklist = try ChecklistDocument(markdown: Array(page.utf8)).checklist
        let window = try #require(checklist.windows.first)
        #expect(window.startAfter == .days(7))
        #expect(window.duration == .days(21))
        #expect(window.cadence == .days(7))
    }

    @Test func aSpanOfOneIsNoPlural() throws {
        let page = "# T\n## Deploy\n- [ ] a\n## Follow-up\n### Days 30\n- [ ] b\n"
        #expect(try ChecklistDocument(markdown: Array(page.utf8)).checklist.windows.isEmpty)
    }
}
