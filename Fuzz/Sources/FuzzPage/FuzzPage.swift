// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

/// Whatever is read as a checklist can be written as a page that declares everything, and that page
/// reads as the same checklist and is written the same again. So does a copy of the page with
/// everything declared that was inferred.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    // What is refused by name is no find.
    guard let document = try? ChecklistDocument(markdown: input) else { return 0 }
    let checklist = document.checklist
    let page: ChecklistPage
    do {
        page = try ChecklistPage(of: checklist)
    } catch {
        // Nesting has the same limit in every page; anything else that is read can be written.
        precondition(error.code == .tooDeep, "\(error)")
        return 0
    }
    guard let again = try? ChecklistDocument(markdown: page.bytes) else {
        preconditionFailure("a page that was written cannot be read")
    }
    precondition(again.checklist.hash == checklist.hash, "another checklist was read back")
    precondition(
        (try? ChecklistPage(of: again.checklist))?.bytes == page.bytes,
        "written otherwise"
    )
    // Not every page can be annotated, which it says by throwing.
    if let annotation = try? Annotation(of: input) {
        precondition((try? Annotation(of: annotation.bytes))?.count == 0, "annotated twice")
    }
    return 0
}
