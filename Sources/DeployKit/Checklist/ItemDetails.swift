// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What few items have: most of a page are a title and a box.
struct ItemDetails: Hashable, Sendable {
    var effect: Effect?
    var scope: [String] = []
    var when: Condition?
    var isWaivable = true
    var offset: Duration?
    var timeout: Duration?
    var secrets: [String] = []
    var inherits: [String] = []
    var directory: String?
    var suite: String?
    var isCleanup = false
    var check: CheckEffect?
    var retry: RetryPolicy?
    var output: ItemOutput?

    /// Whether an item with these says nothing by them.
    private var areUsual: Bool {
        effect == nil && scope.isEmpty && when == nil && isWaivable && offset == nil
            && timeout == nil && secrets.isEmpty && inherits.isEmpty && directory == nil
            && suite == nil && !isCleanup && check == nil && retry == nil && output == nil
    }

    /// Details that take no room in an item without any, and that its copies share.
    struct Shared: Hashable, Sendable {
        /// Holds the details of one item or several.
        final class Box: Sendable {
            let value: ItemDetails

            init(_ value: ItemDetails) { self.value = value }
        }

        /// The details; `nil` for the usual ones.
        private(set) var box: Box?

        /// Details as they are.
        init(_ details: ItemDetails) {
            box = details.areUsual ? nil : Box(details)
        }

        /// Changes them for this item alone.
        mutating func change(_ change: (inout ItemDetails) -> Void) {
            var details = box?.value ?? ItemDetails()
            change(&details)
            self = Self(details)
        }

        /// Tells whether both say the same.
        static func == (left: Self, right: Self) -> Bool {
            left.box === right.box || left.box?.value == right.box?.value
        }

        /// Feeds the details into `hasher`.
        func hash(into hasher: inout Hasher) { hasher.combine(box?.value) }
    }
}
