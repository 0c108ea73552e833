// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// The deployments as a page that a person looks at: no script, and every text escaped.
struct StatusPage {
    private let states: [Deployment]

    init(_ states: [Deployment]) {
        self.states = states
    }

    var response: HTTPResponse {
        let rows = states.map { state in
            let cells = [
                state.id.text, state.subject.environment.name.text, state.subject.version,
                state.status.word,
            ]
            return "<tr>" + cells.map { "<td>\(Self.escaped($0))</td>" }.joined() + "</tr>\n"
        }
        let page = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <title>Deployments</title>
            <h1>Deployments</h1>
            <table>
            <thead><tr><th>Deployment</th><th>Environment</th><th>Version</th><th>Status</th></tr>
            </thead>
            <tbody>
            \(rows.joined())</tbody>
            </table>
            </html>

            """
        return HTTPResponse(status: 200, type: "text/html; charset=utf-8", body: Array(page.utf8))
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
