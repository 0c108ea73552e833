// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Asks the person at the terminal.
struct Questions {
    let console: Console

    /// One of a few answers.
    struct Choice {
        /// The letter to type.
        let letter: Character
        /// The word, which has the letter in it.
        let word: String
    }

    /// Asks until one of the choices is typed, by its letter or its word.
    ///
    /// - Returns: The letter; `nil` when the input ended, which is no answer.
    func choose(_ question: String, _ choices: [Choice], default letter: Character? = nil)
        -> Character?
    {
        let list = choices.map { choice in
            let text = choice.word.replacingFirst(choice.letter)
            return choice.letter == letter ? text.uppercasedLetter : text
        }.joined(separator: "  ")
        while true {
            guard let answer = line("\(question)  \(list) ") else { return nil }
            let word = answer.lowercased()
            if word.isEmpty, let letter { return letter }
            if let choice = choices.first(where: { String($0.letter) == word || $0.word == word }) {
                return choice.letter
            }
        }
    }

    /// Asks for a line of text.
    ///
    /// - Parameters:
    ///   - question: What is asked.
    ///   - isRequired: Whether it asks again until there is one.
    /// - Returns: The line without spaces around it; `nil` when the input ended.
    func text(_ question: String, isRequired: Bool = false) -> String? {
        while true {
            guard let answer = line("\(question) ") else { return nil }
            if !answer.isEmpty || !isRequired { return answer }
        }
    }

    private func line(_ prompt: String) -> String? {
        console.print(prompt)
        guard let answer = readLine() else {
            console.print("\n")
            return nil
        }
        return answer.trimmingSpaces
    }
}

extension String {
    // `done` with the letter `d` becomes `[d]one`.
    fileprivate func replacingFirst(_ letter: Character) -> String {
        guard let place = firstIndex(of: letter) else { return "[\(letter)] \(self)" }
        return "\(self[..<place])[\(letter)]\(self[index(after: place)...])"
    }

    fileprivate var uppercasedLetter: String {
        guard let open = firstIndex(of: "["), let close = firstIndex(of: "]") else { return self }
        return self[..<open] + self[open...close].uppercased() + self[index(after: close)...]
    }

    fileprivate var trimmingSpaces: String {
        let first = firstIndex { !$0.isWhitespace } ?? endIndex
        let last = lastIndex { !$0.isWhitespace }
        return last.map { String(self[first...$0]) } ?? ""
    }
}
