// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// Lists of a page that are worked through apart from its deployment.
@Suite struct NamedListTests {
    static let page = Array(
        """
        # Ferry
        ## Deploy
        - [ ] Cast off
        ## Maintenance windows
        ### Regular maintenance
        **Weekly**
        - [ ] Grease the winch
        - [x] Count the lifebelts
          ```sh
          # Monthly
          ```
        **Monthly:**
        - [ ] Empty the bilge
        ### Other
        Nothing to tick.
        ## Sign-off
        - Captain: ____
        """.utf8
    )

    @Test func theyAreNamedByHeadingsAndLabels() {
        let names = [
            "Ferry", "Deploy", "Maintenance windows", "Regular maintenance", "Weekly", "Monthly",
        ]
        #expect(NamedList.names(in: Self.page) == names)
    }

    @Test(
        arguments: [
            ("weekly", ["Grease the winch", "Count the lifebelts"]), ("Month", ["Empty the bilge"]),
            (
                "Regular maintenance",
                ["Grease the winch", "Count the lifebelts", "Empty the bilge"]
            ),
        ]
    )
    func oneIsAChecklistOfItsOwn(name: String, titles: [String]) throws {
        let list = try #require(NamedList(named: name, in: Self.page))
        let checklist = try ChecklistDocument(markdown: list.bytes).checklist
        #expect(checklist.title == list.title)
        #expect(checklist.items.map(\.title) == titles)
    }

    @Test(arguments: ["Other", "yearly", "", "Sign-off"])
    func whereNothingIsToBeTickedIsNoList(name: String) {
        #expect(NamedList(named: name, in: Self.page) == nil)
    }

    @Test func aNameThatSeveralHaveIsNone() {
        let page = Array("# A\n**Weekly**\n- [ ] a\n## B\n**Weekly**\n- [ ] b\n".utf8)
        #expect(NamedList(named: "weekly", in: page) == nil)
    }
}
