// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How much is done, as a bar: `██████░░░░`.
enum ProgressBar {
    /// The bar. It is only full when all is done, and only empty when nothing is.
    static func text(_ done: Int, of all: Int, width: Int) -> String {
        guard all > 0 else { return String(repeating: "░", count: width) }
        var filled = done * width / all
        if done > 0, filled == 0 { filled = 1 }
        return String(repeating: "█", count: filled)
            + String(repeating: "░", count: width - filled)
    }
}
