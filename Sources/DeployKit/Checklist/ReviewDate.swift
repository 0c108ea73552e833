// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A day by which a checklist, or a part of it, is to be looked at again.
public struct ReviewDate: Hashable, Sendable, JSONConvertible {
    /// What is to be looked at.
    public let title: String
    /// The day; its time of day has no meaning.
    public let by: LocalTime

    /// A review by a day.
    public init(title: String, by: LocalTime) {
        self.title = title
        self.by = by.midnight
    }

    /// An object; the day as `YYYY-MM-DD`.
    public var json: JSONValue {
        .members(["title": title.json, "by": String(by.description.prefix(10)).json])
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        self.init(title: try members.required("title"), by: try members.required("by"))
        try members.finish()
    }
}
