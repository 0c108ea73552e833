// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

extension Verb {
    static let initialise = Verb(
        "init",
        "write a project file from a checklist",
        details: [
            "Writes deploykit.json into the working directory: the environments that the checklist "
                + "names, its service and its secrets. Look at the tiers, and add your people: "
                + "\"people\": [{\"id\": \"lena@example.com\", \"roles\": [\"QA Engineer\"]}]. A file "
                + "that is there is left as it is."
        ],
        operands: [Operand("FILE")],
        examples: ["deploykit init docs/DEPLOYMENT.md"],
        scope: .files,
        exits: [(.done, "written"), (.invalidData, "FILE is no checklist, or cannot be read")]
    ) { call in
        let checklist = try ChecklistFile(call.operand(0)).checklist
        let project = Project(suggestedFor: checklist)
        let path = call.arguments["project"] ?? StoreLocation.project
        try OutputFile.create(path, project.json.pretty() + "\n")
        let roles = Set(checklist.signOffSlots.flatMap(\.rule.roles)).sorted().map(\.text.visible)
        var text = "\(path) written: "
        text += project.environments.map { "\($0.name.text.visible) (\($0.tier.rawValue))" }
            .joined(separator: ", ")
        text += "\n"
        if !roles.isEmpty {
            text += "Roles to give to people: \(roles.joined(separator: ", "))\n"
        }
        call.console.print(
            .members([
                "schemaVersion": 1.json, "path": path.json, "project": project.json,
            ]),
            or: text
        )
        return .done
    }
}
