// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What an operand of `done`, `fail`, `waive` or `reopen` means: an item, or an observation of a
/// monitoring window.
enum Doing {
    case item(ItemID)
    case observation(WindowID, Int?)

    /// Finds out what is meant. `WINDOW#NUMBER` is an observation; a name that is both an item's and
    /// a window's is the item's.
    ///
    /// - Throws: `DeploymentError` when nothing fits, or several items do.
    init(_ name: String, of live: LiveDeployment) async throws {
        let state = try await live.state()
        if let mark = name.lastIndex(of: "#"), let number = Int(name[name.index(after: mark)...]),
            let window = state.window(named: String(name[..<mark]))
        {
            self = .observation(window, number)
            return
        }
        if state.outline.find(name).isEmpty, let window = state.window(named: name) {
            self = .observation(window, nil)
            return
        }
        self = .item(try await live.item(name))
    }
}
