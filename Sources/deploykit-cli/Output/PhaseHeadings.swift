// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// How the phases of a page are headed. Items are numbered by the position of their phase, whatever
/// numbers the page itself gives its phases.
struct PhaseHeadings {
    private let titles: [String]
    private let form: Form

    private enum Form {
        /// "Phase 2 · Backend": the page gives no number, or the same one, which is not repeated.
        case plain
        /// "3 · Phase 2: Backend": the page counts otherwise.
        case beside
    }

    /// Headings of these phases, in their order.
    init(_ phases: [Phase]) {
        titles = phases.map(\.title.visible)
        let isOtherwise = titles.enumerated().contains { position, title in
            Self.number(of: title).map { $0 != position + 1 } ?? false
        }
        form = isOtherwise ? .beside : .plain
    }

    /// The heading of the phase at a position.
    func text(_ position: Int) -> String {
        let title = titles[position]
        return switch form {
        case .beside: "\(position + 1) · \(title)"
        case .plain:
            Self.number(of: title) == nil ? "Phase \(position + 1) · \(title)" : title
        }
    }

    /// Where the gate before the phase at a position stands, in 14 columns.
    func place(_ position: Int) -> String {
        switch form {
        case .beside: "before \(position + 1).1"
        case .plain: "before phase \(position + 1)"
        }
    }

    /// The number that a page gives a phase: "Phase 2: …", "Step 2", "2. …"; `nil` where it gives none.
    static func number(of title: String) -> Int? {
        let words = title.split { !$0.isLetter && !$0.isNumber }
        guard let first = words.first else { return nil }
        if let number = Int(first) {
            // "3 services" and "24 hours later" are no numbers of phases.
            let rest = title[first.endIndex...]
            return rest.first == "." || rest.first == ")" || rest.first == ":" ? number : nil
        }
        guard nouns.contains(first.lowercased()), words.count > 1 else { return nil }
        return Int(words[1])
    }

    private static let nouns: Set<String> = [
        "phase", "step", "stage", "part", "fase", "etapa", "étape", "schritt", "teil",
    ]
}
