// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// A span after a deployment in which metrics are looked at, such as hourly through the first day.
public struct MonitoringWindow: Hashable, Sendable {
    /// The name by which metrics and records refer to it.
    public let id: Identifier<MonitoringWindow>
    /// The words of the checklist for it.
    public let title: String
    /// How long after the deployment it begins.
    public let startAfter: Duration
    /// How long it lasts.
    public let duration: Duration
    /// The time from one observation to the next; `nil` for a single one.
    public let cadence: Duration?
    /// How long after the window's begin the first observation is due.
    public let initialDelay: Duration

    /// A window.
    ///
    /// - Throws: ``MetricError``, code `value`, unless the duration and the cadence are above zero
    ///   and the other spans are not negative.
    public init(
        id: Identifier<MonitoringWindow>,
        title: String,
        startAfter: Duration = .zero,
        duration: Duration,
        cadence: Duration? = nil,
        initialDelay: Duration = .zero
    ) throws(MetricError) {
        guard startAfter >= .zero, initialDelay >= .zero, duration >= .milliseconds(1),
            cadence.map({ $0 >= .milliseconds(1) }) ?? true
        else {
            throw MetricError(.value, "the window '\(id)' has a span that is not above zero")
        }
        self.id = id
        self.title = title
        self.startAfter = startAfter
        self.duration = duration
        self.cadence = cadence
        self.initialDelay = initialDelay
    }

    /// How many observations the window asks for.
    ///
    /// The first is due `initialDelay` into the window, the others one cadence apart, up to and
    /// including the window's end. Without a cadence, one is due at that end.
    public var occurrenceCount: Int {
        guard let cadence else { return 1 }
        let room = duration.wholeMilliseconds - initialDelay.wholeMilliseconds
        return room < 0 ? 0 : Int(room / cadence.wholeMilliseconds) + 1
    }

    /// When the observation number `index`, counting from 0, is due after a deployment that
    /// ended at `start`; `nil` past the last.
    public func dueTime(_ index: Int, after start: Timestamp) -> Timestamp? {
        guard (0..<occurrenceCount).contains(index) else { return nil }
        guard let cadence else { return start + startAfter + duration }
        return start + startAfter + initialDelay + cadence * index
    }
}

extension MonitoringWindow: JSONConvertible {
    /// An object; spans are milliseconds and those of zero are left out.
    public var json: JSONValue {
        .members([
            "id": id.json, "title": title.json,
            "startAfter": startAfter == .zero ? nil : startAfter.json, "duration": duration.json,
            "cadence": cadence?.json,
            "initialDelay": initialDelay == .zero ? nil : initialDelay.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let id: Identifier<MonitoringWindow> = try members.required("id")
        let title: String = try members.required("title")
        let startAfter: Duration? = try members.optional("startAfter")
        let duration: Duration = try members.required("duration")
        let cadence: Duration? = try members.optional("cadence")
        let initialDelay: Duration? = try members.optional("initialDelay")
        try members.finish()
        do {
            try self.init(
                id: id,
                title: title,
                startAfter: startAfter ?? .zero,
                duration: duration,
                cadence: cadence,
                initialDelay: initialDelay ?? .zero
            )
        } catch {
            throw error.inJSON
        }
    }
}
