// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Testing

/// How `check --verbose` lists the items of a page.
@Suite struct CheckListingTests {
    @Test func aNumberedStepWithADeclarationIsDeclared() throws {
        let bench = try Bench()
        try bench.write(
            """
            # Ferry
            ## Deploy
            1. **Cast off** <!-- deploykit: kind=command effect=reversible -->

               ```bash
               true
               ```

            2. Sail
            """,
            to: "ferry.md"
        )
        let text = try bench.run("check", "--verbose", "ferry.md").output
        #expect(text.contains("2 items (1 declared, 1 inferred)"))
        #expect(text.contains("command   declared  Cast off"))
        #expect(text.contains("manual    inferred  Sail"))
    }

    @Test func deepNumbersStandApartFromTheirKind() throws {
        let bench = try Bench()
        let items = (1...9).map { "- [ ] a\($0)\n" }.joined()
        try bench.write(
            "# T\n## Deploy\n\(items)- [ ] x\n  - [ ] y\n    - [ ] z\n      - [ ] deep\n",
            to: "deep.md"
        )
        let text = try bench.run("check", "--verbose", "deep.md").output
        #expect(text.contains("1.10.1.1.1 manual"))
    }
}
