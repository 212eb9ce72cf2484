# The console of a district's gateway.
gateway-title = District gateway
gateway-place = District { $district }
gateway-broker-open = Kiosks can reach us
gateway-broker-down = Kiosks cannot reach us: they keep what they have

tile-number = { $n }
tile-enrolments = Enrolments
tile-final = Final
tile-waiting = Being checked
tile-second-look = Second look
tile-open-cases = Cases for people
tile-leaves = Entries in the log
tile-held = Held at kiosks
tile-refused = Not acted on

## Cases
cases-title = Cases for people
cases-empty = No case is open. One appears when two enrolments look alike. Two people from two districts then decide.
cases-note = A case for people: the figures below decide nothing. Two different eyes differ in about half their bits.
case-title = Case { $id }
case-local = Both enrolments are in this district.
case-cross = The other enrolment is in district { $district }.
case-own = Enrolment here
case-other = Other enrolment
case-other-unknown = not known here
case-view-crossed = Compared crosswise: left eye of one with right of the other.
case-view-flipped = One enrolment is compared mirrored, eye by eye.
case-view-mirrored = One enrolment is compared as its face in a mirror.
look-left = Look at the left eye
look-right = Look at the right eye
look-none = not looked at
look-confirmed = { $outcome }, and the operator saw an own eye
look-many = { $said }, after { $n } looks
case-deadline = Two people decide by { $moment }, in { $span }
case-deadline-past = The time was { $moment }, and nobody has decided yet
case-extended = Extended: the card stays valid
score-left = Left eye
score-right = Right eye
score-value = { NUMBER($share, maximumFractionDigits: 1) } % of bits differ
score-absent = could not be compared

## Enrolments
enrolments-title = Enrolments
enrolments-empty = No enrolment yet. Each one appears here a moment after a kiosk sends it.
enrolments-record = Record
enrolments-kiosk = Kiosk
enrolments-captured = Captured
enrolments-look = Look at the eyes
enrolments-stage = Stage
enrolments-assurance = Vouched for by
enrolments-asked = Districts asked
enrolments-took = Final after
enrolments-open = open
enrolments-coverage = { $asked } of { $known }, { $searched ->
    [one] 1 person
   *[other] { $searched } people
}
stage-waiting = being checked
stage-second-look = second look
stage-final = final

## Peers
peers-title = Other districts
peers-empty = No other district is on the trust list. One appears here when the list names it.
peers-open = can be asked
peers-down = no line: questions wait
peers-unconfigured = no broker is configured for it
peers-silent = Nothing heard since the start
peers-heard = Last heard { $span } ago
peers-unanswered = { $n ->
    [0] No question waits
    [one] 1 question waits for its answer
   *[other] { $n } questions wait for its answer
}

## Status list
status-title = Status list
status-empty = Nothing is published yet. The first list appears when a kiosk leases its block.
status-list = List { $n }
status-valid = { $n } valid
status-pending = { $n } check pending
status-leased = { $n } leased to kiosks
status-issued = signed { $moment }, good for { $span }
status-size = { $size } on the wire

## Traffic
traffic-title = Traffic
traffic-empty = No message yet. Rows appear here by type as kiosks and districts talk.
traffic-total = Since the start: { $received } received, { $sent } sent
traffic-type = Type
traffic-received = Received
traffic-received-bytes = Bytes in
traffic-sent = Sent
traffic-sent-bytes = Bytes out
