// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Finds the word that was probably meant.
package enum Suggestion {
    // What is longer is no word that somebody misspelt, and the comparison costs its square.
    private static let longest = 64

    /// The nearest of `words`, when it is near enough: a third of the letters may be wrong. Of two
    /// that are equally near the first.
    package static func nearest(_ word: String, among words: [String]) -> String? {
        guard !word.isEmpty, word.utf8.count <= longest else { return nil }
        let candidates = words.filter { $0.utf8.count <= 2 * longest }
            .map { ($0, distance(word, $0)) }
        guard let best = candidates.min(by: { $0.1 < $1.1 }) else { return nil }
        if best.1 <= max(1, word.count / 3) { return best.0 }
        let longer = words.filter { word.count >= 3 && $0.hasPrefix(word) }
        return longer.count == 1 ? longer[0] : nil
    }

    /// How many letters must be added, removed, replaced or swapped with their neighbour to get
    /// from one word to the other (optimal string alignment); upper and lower case are the same.
    package static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.lowercased()), Array(right.lowercased()))
        var before: [Int] = []
        var previous = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var best = min(
                    previous[j + 1] + 1,
                    row[j] + 1,
                    previous[j] + (left[i] == right[j] ? 0 : 1)
                )
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, before[j - 1] + 1)
                }
                row.append(best)
            }
            before = previous
            previous = row
        }
        return previous[right.count]
    }
}
