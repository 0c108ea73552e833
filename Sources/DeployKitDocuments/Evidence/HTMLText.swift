// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// HTML that is put together from values: what is a value can never become markup.
struct HTMLText: ExpressibleByStringInterpolation, ExpressibleByStringLiteral {
    private(set) var markup: String

    /// Markup that stands in our source.
    init(stringLiteral markup: String) {
        self.markup = markup
    }

    init(stringInterpolation: StringInterpolation) {
        markup = stringInterpolation.markup
    }

    /// Takes literal text as markup, values as text, and ``HTMLText`` as it is.
    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            markup.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { markup += literal }

        mutating func appendInterpolation(_ text: String) {
            markup += HTMLText.escaped(text)
        }

        /// Text where no element can stand: in an attribute, or in the title of the page.
        mutating func appendInterpolation(plain text: String) {
            markup += HTMLText.references(VisibleText.render(text))
        }

        mutating func appendInterpolation(_ number: Int) { markup += String(number) }

        mutating func appendInterpolation(_ text: HTMLText) { markup += text.markup }

        mutating func appendInterpolation(_ parts: [HTMLText]) {
            for part in parts { markup += part.markup }
        }
    }

    /// A value: characters of markup as references, what cannot be seen by its name, and in `bdi`
    /// whatever could turn the direction of the line around it.
    static func escaped(_ text: String) -> String {
        let shown = VisibleText.render(text)
        let result = references(shown)
        return shown.utf8.allSatisfy { $0 < 0x80 } ? result : "<bdi>\(result)</bdi>"
    }

    private static func references(_ shown: String) -> String {
        var result = ""
        result.reserveCapacity(shown.utf8.count)
        for scalar in shown.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
