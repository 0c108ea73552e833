// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

/// Whatever is read as a checklist points into its source, and its definition survives JSON.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMarkdown(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    // What is refused by name is no find.
    guard let document = try? ChecklistDocument(markdown: input) else { return 0 }
    // A final line without an end counts too.
    let lineCount = 1 + input.count { $0 == 0x0A || $0 == 0x0D }
    for task in document.tasks {
        precondition((1...lineCount).contains(task.line), "a task on line \(task.line)")
        precondition(task.taskDepth <= task.depth, "a task deeper among tasks than among items")
        for box in task.boxes { precondition(input.indices.contains(box), "a box at \(box)") }
    }
    for finding in document.findings {
        precondition((1...lineCount).contains(finding.line), "a finding on line \(finding.line)")
    }
    for blank in document.blanks {
        precondition(
            blank.range.lowerBound >= 0 && blank.range.upperBound <= input.count,
            "a blank outside of the document"
        )
    }
    var places = document.tasks.flatMap(\.boxes).map { $0..<$0 + 1 }
    places += document.boxes.map(\.range) + document.blanks.map(\.range)
    places.sort { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    for (place, next) in zip(places, places.dropFirst()) {
        precondition(place.upperBound <= next.lowerBound, "two places share bytes at \(next)")
    }
    let json = document.checklist.json
    guard let again = try? Checklist(json: json) else {
        preconditionFailure("the checklist that was read is not one")
    }
    precondition(again.json == json, "another checklist was read back")
    return 0
}
