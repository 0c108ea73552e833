// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Duration {
    /// The time in words for people, two units at the most: `0.4 s`, `41 s`, `3 min 4 s`, `2 d 5 h`.
    var spoken: String {
        let milliseconds = max(0, wholeMilliseconds)
        if milliseconds < 10_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }
        let units: [(String, Int64)] = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
        var rest = milliseconds / 1000
        var parts: [String] = []
        for (name, size) in units where parts.count < 2 {
            // The unit below the first follows at once, or not at all.
            if rest >= size {
                parts.append("\(rest / size) \(name)")
            } else if !parts.isEmpty {
                break
            }
            rest %= size
        }
        return parts.joined(separator: " ")
    }
}

extension ItemProgress {
    /// How long the last attempt took, where its start was recorded.
    var took: String? {
        guard let startedAt, let settledAt else { return nil }
        return (settledAt - startedAt).spoken
    }
}
