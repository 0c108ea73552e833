// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What an operand of `done`, `fail`, `waive` or `reopen` means: an item, or an observation of a
/// monitoring window.
enum Doing {
    case item(ItemID)
    case observation(WindowID, Int?)

    /// Finds out what is meant. `WINDOW#NUMBER` is an observation. The number or id of an item is an
    /// item; the id or title of a window that runs is a window, also where ids of items begin with
    /// it, as those of the items below the same heading do.
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
        let found = state.outline.find(name)
        let isItem = found.contains { $0.item.id.text == name || $0.number == name }
        let window = state.window(named: name).flatMap { window in
            state.windows.contains { $0.window == window } ? window : nil
        }
        if !isItem, let window {
            let isExact =
                window.text == name || state.title(window).lowercased() == name.lowercased()
            if isExact || found.isEmpty {
                self = .observation(window, nil)
                return
            }
        }
        self = .item(try await live.item(name))
    }
}
