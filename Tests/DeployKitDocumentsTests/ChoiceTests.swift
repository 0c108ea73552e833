// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// Choices to tick, and blanks that were filled in by hand.
@Suite struct ChoiceTests {
    private static let page = """
        # Lighthouse

        **Environment:** coast / island

        - Risk: [ ] low / [ ] medium / [ ] high

        ## Watch

        - [ ] Light the lamp
          - [ ] PASS - [ ] FAIL
        - [ ] Sound the horn (see the [ ] in the log)
        - [ ] Weather: ______
        - [ ] Ships seen: about ____

        ## Record

        - Keeper: ______
        - **Oil used:** ____ litres

        ## Sign-Off

        - [ ] Keeper: ______ Date: ____

        """

    private func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func choicesAreFieldsAndTasksOfOneItem() throws {
        let document = try read(Self.page)
        let fields = document.checklist.fields
        #expect(fields.first { $0.title == "Environment" }?.choices == ["coast", "island"])
        #expect(fields.first { $0.title == "Risk" }?.choices == ["low", "medium", "high"])
        let titles = document.checklist.items.map(\.title)
        #expect(titles.contains("PASS / FAIL"))
        #expect(titles.contains("Sound the horn (see the [ ] in the log)"))
        // Ticks never count.
        let ticked = try read(
            Self.page.replacing("[ ] low", with: "[x] low").replacing("[ ] FAIL", with: "[x] FAIL")
        )
        #expect(ticked.checklist.hash == document.checklist.hash)
    }

    @Test func whatWasChosenIsTicked() async throws {
        let page = Array(Self.page.utf8)
        let run = try await PageRun(of: page)
        try await run.live.perform(.set("risk", "Medium"), by: .person("lena"))
        let item = try await run.live.item("pass-fail")
        try await run.live.perform(.fail(item, reason: "dark"), by: .person("lena"))
        let written = try await run.written(into: page)
        #expect(lines(written).contains("- Risk: [ ] low / [x] medium / [ ] high"))
        #expect(lines(written).contains { $0.hasPrefix("  - [ ] PASS - [x] FAIL <!--") })
        #expect(try WriteBack(into: written).hash == (try WriteBack(into: page).hash))
        #expect(try await run.written(into: written) == written)
    }

    @Test func whatWentWrongIsWrittenWhereThePageAsksForIt() async throws {
        let text = """
            # Lighthouse
            - [ ] Light the lamp
            ## Notes
            *Last seen in May*
            ### Issues encountered
            _Document any issues and how they were resolved_

            Weather: `______`
            ### Lessons learned
            [Add anything] <!-- kept -->
            ### Follow-up
            [Describe what follows]

            **Remarks:**
            ______________
            ______________

            ### Summary
            ```
            [Document the rest]
            ```

            """
        let page = Array(text.utf8)
        let before = try ChecklistDocument(markdown: page)
        #expect(
            before.checklist.fields.map(\.title)
                == ["Issues encountered", "Weather", "Follow-up", "Remarks", "Summary"]
        )
        let run = try await PageRun(of: page)
        for (field, value) in [
            ("issues-encountered", "A *gull* | fog\n--> none"), ("follow-up", "x]"),
            ("remarks", "All well"), ("weather", "fog"),
        ] {
            try await run.live.perform(.set(FieldID(field), value), by: .person("lena"))
        }
        let written = try await run.written(into: page)
        let filled = lines(written)
        #expect(
            filled.contains {
                $0.hasPrefix("_<!-- deploykit:blank ") && $0.hasSuffix("<!-- deploykit:end -->_")
                    && $0.contains("resolved -->A \\*gull\\* \\| fog --&gt; none<")
            }
        )
        #expect(filled.contains { $0.hasSuffix("`______` -->fog<!-- deploykit:end -->") })
        #expect(filled.contains { $0.contains("___ -->All well<!-- deploykit:end -->") })
        #expect(try WriteBack(into: written).hash == before.checklist.hash)
        #expect(try await run.written(into: written) == written)
    }

    /// `hash(fill(annotate(page))) == hash(annotate(page))`: what is declared to be a blank is one,
    /// whatever a person writes there.
    @Test func aDeclaredBlankMayBeFilledByHand() throws {
        let annotation = try Annotation(of: Array(Self.page.utf8))
        let page = String(decoding: annotation.bytes, as: UTF8.self)
        #expect(page.contains("- Keeper: ______ <!-- deploykit: field=keeper -->"))
        #expect(page.contains("<!-- deploykit: id=keeper -->"))
        let before = try read(page).checklist
        #expect(before.hash == (try read(Self.page).checklist.hash))
        let filled = page.replacing("Weather: ______", with: "Weather: fog: dense")
            .replacing("Keeper: ______ <", with: "Keeper: Lena <")
            .replacing("____ litres", with: "4 litres")
            .replacing("Keeper: ______ Date: ____", with: "Keeper: Lena Date: 1 May")
        let after = try read(filled).checklist
        #expect(after.json == before.json)
        // What is no declared blank is part of the definition.
        let other = page.replacing("about ____", with: "about seven")
        #expect(try read(other).checklist.hash != before.hash)
    }
}
