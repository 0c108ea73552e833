// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a person types into the log, where it stays: it must hold no secret.
package enum TypedText {
    /// Refuses texts in which something shows by its shape or its place that it is a secret: the
    /// same detectors as those of the lint rule `secret-in-command`.
    ///
    /// A secret in words that nothing gives away passes; only its owner knows it.
    package static func check(_ texts: [String]) throws(Refusal) {
        for text in texts {
            guard let secret = secret(in: text) else { continue }
            throw Refusal(
                .secretInText,
                "the text holds \(secret), and no secret is stored: say it without, and replace "
                    + "the secret if others may have seen it"
            )
        }
    }

    private static func secret(in text: String) -> String? {
        if text.contains("-----BEGIN "), text.contains("PRIVATE KEY-----") { return "a key" }
        for line in text.split(whereSeparator: \.isNewline) {
            if let secret = CommandLint.secret(in: String(line)) { return secret }
            // In prose, an apostrophe opens no quotation, and words have punctuation behind them.
            let words = line.split { $0.isWhitespace || ",;()[]{}".contains($0) }
                .map { word in
                    var word = word.filter { !"'\"`".contains($0) }
                    while let last = word.last, ".:!?".contains(last) { word.removeLast() }
                    return word
                }
            if let secret = CommandLint.secret(in: words.joined(separator: " ")) { return secret }
        }
        return nil
    }
}

extension DeploymentCommand {
    /// What the person who gives the command has typed; what a program put out is redacted
    /// elsewhere.
    package var typedTexts: [String] {
        switch self {
        case .complete(_, let note, let evidence):
            [note].compactMap { $0 } + evidence.compactMap(\.typedLink)
        case .resolve(_, _, let reason, let evidence):
            [reason] + evidence.compactMap(\.typedLink)
        case .fail(_, let reason), .reopen(_, let reason), .sign(_, _, let reason):
            [reason].compactMap { $0 }
        case .skip(_, let reason), .skipSignOff(_, let reason), .waive(_, let reason),
            .reopenGate(_, let reason), .withdraw(_, let reason), .abort(let reason):
            [reason]
        case .submit(_, let reason):
            [reason.flatMap { String(validating: $0.bytes, as: UTF8.self) }].compactMap { $0 }
        case .set(_, let text), .note(let text): [text]
        case .rollback(let command): command.typedTexts
        case .observe(_, _, let report): report.typedTexts
        case .breakGlass(_, let reason): [reason]
        case .noteIssue(let text, let resolution): [text] + [resolution].compactMap { $0 }
        case .resolveIssue(_, let resolution): [resolution]
        case .begin, .finish, .judge, .recordContract, .hookFailed, .smoke, .advance: []
        }
    }
}

extension ObservationReport {
    fileprivate var typedTexts: [String] {
        switch self {
        case .made(let note, let evidence):
            [note].compactMap { $0 } + evidence.compactMap(\.typedLink)
        case .failed(let reason), .reopened(let reason): [reason].compactMap { $0 }
        case .waived(let reason): [reason]
        }
    }
}

extension Evidence {
    /// The address, where the evidence is one.
    fileprivate var typedLink: String? {
        mediaType == "text/uri-list" ? String(validating: bytes, as: UTF8.self) : nil
    }
}
