// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Gives names to the parts of a checklist: the same ones however the checklist is written.
///
/// A name is the slug of a title: lower case, its runs of letters and digits joined by hyphens, a
/// leading number such as `1.` left out, 80 characters at the most. A name that is taken gets `~2`,
/// `~3` and so on.
public struct Naming: Sendable {
    private var taken: [String: Int] = [:]

    /// Naming with nothing taken yet.
    public init() {}

    /// The slug of a title; `item` when it has neither letters nor digits.
    public static func slug(_ title: String) -> String {
        var words: [String] = []
        var word = ""
        for character in withoutNumber(title).lowercased() {
            if character.isLetter || character.isNumber {
                word.append(character)
            } else if !word.isEmpty, character != "'", character != "’" {
                words.append(word)
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        var slug = ""
        for word in words {
            if !slug.isEmpty, slug.count + word.count >= 80 { break }
            slug += (slug.isEmpty ? "" : "-") + word.prefix(80)
        }
        return slug.isEmpty ? "item" : slug
    }

    /// Takes a name as it is, so that no other part gets it.
    ///
    /// - Returns: `false` when it is taken already.
    public mutating func claim(_ name: String) -> Bool {
        guard taken[name] == nil else { return false }
        taken[name] = 1
        return true
    }

    /// The name of a part, with `~n` when it is not the first of that name.
    public mutating func name(_ base: String) -> String {
        var number = taken[base, default: 0]
        while true {
            number += 1
            let name = number == 1 ? base : "\(base)~\(number)"
            if number == 1 || taken[name] == nil {
                taken[base] = number
                if number > 1 { taken[name] = 1 }
                return name
            }
        }
    }

    private static func withoutNumber(_ title: String) -> Substring {
        var rest = title[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        let digits = rest.prefix { $0.isNumber || $0 == "." }
        let after = rest[digits.endIndex...]
        guard digits.first?.isNumber == true, digits.last == "." || after.first == ")" else {
            return rest
        }
        let title = after.drop { $0 == ")" || $0.isWhitespace }
        return title.isEmpty ? rest : title
    }
}
