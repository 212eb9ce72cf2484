# The kiosk page. What happened, what is safe, what to do next, in this order.
# At most 12 words a clause; nobody is blamed; no codes.
kiosk-title = Kiosk
kiosk-place = District { $district }, kiosk { $kiosk }

## Idle
idle-begin = Touch to begin
idle-begin-more = Get a card of your own
idle-tap = Tap your card
idle-tap-more = Hold it on the mark at any time

## A device of this step is away
paused-title = One moment, please
paused-more = Nothing is lost. We go on by ourselves.
paused-tap-more = Your card is fine. Tap it in a moment.

## Consent (the four sentences come from the kiosk: their exact text is signed)
consent-title = May we begin?
consent-yes = Yes, start
consent-no = No, stop
consent-no-flashes = Yes, without flashes

## Capture
capture-eye-left = Your left eye
capture-eye-right = Your right eye
capture-attempt = Try { $n } of 3
capture-frame = Live picture of the eye
capture-quality = Picture quality
capture-cannot = I cannot use this eye
capture-cancel = Stop and erase
capture-flash = The ring flashes softly, twice.
capture-no-flash = The ring does not flash.
capture-again = Thank you. One more look, please.
capture-cannot-flash = No flashes, please
instruction-look-into-the-camera = Look into the camera
instruction-come-closer = Come a little closer
instruction-move-back = Move back a little
instruction-open-your-eye = Open your eye wide
instruction-look-straight = Look straight ahead
instruction-hold-still = Hold still
instruction-take-off-glasses = Take off your glasses
instruction-less-light = Turn away from the bright light
instruction-more-light = Come in front of the camera
instruction-look-at-the-ring = Look at the ring
instruction-thank-you = Thank you, this eye is done

## A person looks (the resident reads the first two, the operator the rest)
attend-exception = That is all right
attend-exception-more = The operator looks, and then we go on.
attend-exception-desk = Many eyes answer in their own way. Is this their own eye?
attend-look = One moment, please
attend-look-more = The operator looks with you, and then we go on.
attend-look-desk = Is it this person's own eye, with nothing before it?
attend-desk-left = Operator, the left eye
attend-desk-right = Operator, the right eye
attend-confirm = I looked. It is this person's own eye.
attend-again = Look once more
attend-other-eye = Leave this eye out

## Check on the kiosk
checking-title = Checking on this kiosk
checking-more = { $people ->
    [0] You are the first person here.
    [one] We look among the 1 person enrolled here.
   *[other] We look among the { $people } people enrolled here.
}

## Card
card-place = Put a card on the mark
card-place-more = Leave it there until we tell you.
card-writing = Writing your card
card-writing-more = Leave the card on the mark.
card-reading-back = Reading it back
card-reading-back-more = Leave the card on the mark.
card-moved = The card moved
card-moved-more = Nothing is lost. Put the same card back.
card-not-ours = This card is another kind
card-not-ours-more = We changed nothing on it. Put one of our cards here.
card-in-use = This card is in use
card-in-use-more = We changed nothing on it. Put a new card here.
card-another-card = This is another card
card-another-card-more = Nothing is lost. Put the first card back.
card-several = One card at a time
card-several-more = Nothing was written. Leave only one card on the mark.
card-stage-place = Card on the mark
card-stage-writing = Writing
card-stage-reading-back = Reading back
card-cancel = Stop here
card-later = Finish this later

## Done
done-title = Your card is ready
done-card = Lift your card. It works from now on.
done-waiting = The district is still checking. Tap here again later today.
done-on-its-way = Your enrolment is on its way to the district. No need to wait.
done-offline = Your enrolment is saved here. The district checks when the line is back.
done-final = The district has checked you. Your next tap puts that on it.
done-erased = Your pictures are erased from this kiosk.
done-continue = Done
second-look-title = We need a second look
second-look-happens = This happens. Lift your card: it is ready and works.
second-look-rights = You keep every right you have today.
second-look-any-kiosk = Any kiosk tells you the answer. Tap your card there.
second-look-ticket = Your ticket
second-look-answer = You hear by

## Tap
tap-go = Go ahead
tap-stop = Please ask at the desk
tap-again = Once more, please
tap-one-card-please = One card, please
tap-continue = Continue
tap-reason-ok = Your card is good.
tap-reason-not-a-credential = We could not read all of it. Hold the card still.
tap-reason-unknown-issuer = This kiosk does not know who issued this card.
tap-reason-wrong-signature = The seal on this card does not fit. The desk can help.
tap-reason-expired = The time of this card is over. The desk renews it.
tap-reason-not-yet-valid = The clock here may be slow. Your card is fine.
tap-reason-revoked = This card is no longer in use. The desk gives you another.
tap-reason-suspended = This card is paused. The desk can tell you why.
tap-reason-issuer-withdrawn = The station that issued this card is closed. You can renew it.
tap-reason-assurance-too-low = Your card is good. This place asks for a wider check.
tap-reason-another-card = This record was made for another card. The desk can help.
tap-reason-foreign-card = This card is another kind. We changed nothing on it.
tap-reason-blank-card = This card is still empty. The desk helps, or touch to begin.
tap-reason-unreadable = Your card is safe. Hold it still for one second.
tap-reason-several-cards = Your cards are safe. Hold only one on the mark.
tap-rights = You keep every right you have today.
tap-upgraded = The district's check is on your card now.
tap-proof-signature = Proof: the signature
tap-proof-card = Proof: the signature and the card itself
tap-proof-body = Proof: the signature, the card and you
tap-assurance = Checked by { $assurance ->
    [5] the nation
    [4] the province
    [3] the city
    [2] the district
   *[other] this kiosk
}, read in { NUMBER($milliseconds, maximumFractionDigits: 0) } ms
tap-stale = The list of stopped cards is old here. It still counts.
tap-unknown = No list of stopped cards is here yet.

## Stopped
stopped-no-consent = You said no, and that is fine
stopped-no-consent-more = No picture was taken. You may come back at any time.
stopped-cancelled = Stopped
stopped-cancelled-more = You may begin again at any time.
stopped-resident-left = We stopped here
stopped-resident-left-more = Nobody was in front of the camera.
stopped-no-eye = That is all right
stopped-no-eye-more = The desk has another way for you. It counts the same.
stopped-no-index = We cannot enrol here now
stopped-no-index-more = The kiosk needs its line first. Cards still work.
stopped-certificate = We cannot enrol here now
stopped-certificate-more = The district must renew this kiosk first. Cards still work.
stopped-clock = We cannot enrol here now
stopped-clock-more = The clock of this kiosk needs setting. Cards still work.
stopped-device = We cannot enrol here now
stopped-device-more = A part of this kiosk needs the desk. Please come back soon.
stopped-storage = We cannot enrol here now
stopped-storage-more = This kiosk cannot save now. Please ask at the desk. Cards still work.
stopped-erased = Nothing about you is kept here.
stopped-continue = Back to the start

## Operator's strip
operator-line-open = Line
operator-line-down = No line
operator-line-refused = Not let in
operator-line-refused-more = The district's broker does not let this kiosk in: its place in the district's list has ended, or it was taken out. Everything is saved here. Speak to the district, then try again.
operator-line-again = Try the line again
operator-line-open-more = Open: the district answers.
operator-line-down-more = Down: everything is saved here and sent later.
operator-queue = { $n } queued
operator-queue-empty = Nothing waits.
operator-queue-oldest = { $n ->
    [one] 1 record waits, for { $age }
   *[other] { $n } records wait, the oldest for { $age }
}
operator-orb-ready = Camera
operator-orb-missing = No camera
operator-orb-restarting = Camera restarts
operator-orb-out-of-service = No camera
operator-reader-ready = Reader
operator-reader-missing = No reader
operator-reader-restarting = Reader restarts
operator-reader-out-of-service = No reader
operator-panel-ready = Panel
operator-panel-missing = No panel
operator-panel-restarting = Panel restarts
operator-panel-out-of-service = No panel
operator-device-figure = { $status }: { $more }
operator-clock-figure = { $source }, within { $seconds } s
operator-receipts-figure = { $n } signed by the district
operator-refused-figure = { $n ->
    [0] None
   *[other] { $n } kept for you to look at
}
operator-traffic-figure = { $sent } sent, { $received } received
operator-people-figure = { $n } searched on this kiosk
operator-enrolments-figure = { $final } final, { $waiting } waiting, { $secondLook } second look, { $unfinished } cards to finish
operator-indices-figure = enough for { $n } enrolments without a line
operator-line-name = Line
operator-queue-name = Queue
operator-receipts-name = Receipts
operator-refused-name = Returned
operator-traffic-name = Traffic
operator-orb-name = Camera
operator-reader-name = Reader
operator-panel-name = Panel
operator-clock-name = Clock
operator-people-name = People
operator-enrolments-name = Enrolments
operator-indices-name = Reserve
