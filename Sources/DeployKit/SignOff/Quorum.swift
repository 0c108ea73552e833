// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Whether enough different people have signed.
///
/// People are matched to places, so that a person who may fill two of them is put where it helps:
/// a greedy assignment can leave a place empty that another assignment fills.
public enum Quorum: Sendable {
    /// How many of the places of `slots` can be filled at once, each by another person.
    ///
    /// - Parameters:
    ///   - slots: The places: a slot with how many people it asks for.
    ///   - voters: For each slot the people whose approval counts there.
    /// - Returns: For each slot how many of its places are filled, in a matching that fills as many
    ///   places as any can.
    public static func filled(
        _ slots: [(id: SignOffSlotID, count: Int)],
        by voters: [SignOffSlotID: Set<ActorID>]
    ) -> [SignOffSlotID: Int] {
        let places = slots.flatMap { slot in Array(repeating: slot.id, count: slot.count) }
        var placeOf: [ActorID: Int] = [:]
        for place in places.indices {
            var visited: Set<ActorID> = []
            _ = assign(place, places: places, voters: voters, placeOf: &placeOf, &visited)
        }
        var filled: [SignOffSlotID: Int] = [:]
        for place in placeOf.values { filled[places[place], default: 0] += 1 }
        return filled
    }

    // Kuhn's algorithm: a place takes a free person, or one whose own place finds another.
    private static func assign(
        _ place: Int,
        places: [SignOffSlotID],
        voters: [SignOffSlotID: Set<ActorID>],
        placeOf: inout [ActorID: Int],
        _ visited: inout Set<ActorID>
    ) -> Bool {
        for person in (voters[places[place]] ?? []).sorted() where visited.insert(person).inserted {
            guard let taken = placeOf[person] else {
                placeOf[person] = place
                return true
            }
            if assign(taken, places: places, voters: voters, placeOf: &placeOf, &visited) {
                placeOf[person] = place
                return true
            }
        }
        return false
    }
}
