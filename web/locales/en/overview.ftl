# The page of `personhood start`: the districts side by side, and the simulated room.
overview-title = Personhood: two districts, one person, one credential
overview-heading = One person, one credential
overview-more = Two districts check each other. No central register, and no network needed here.

tour-title = A tour in three steps
tour-done = done
tour-enrol = Enrol { $resident }
tour-enrol-more = A look at both eyes, then a card.
tour-tap = Tap the card
tour-tap-more = Checked in the kiosk, with or without a line.
tour-caught = Enrol { $resident } once more
tour-caught-more = In the other district: watch a case open.

hint-stand = { $resident } walks to the kiosk in { $district }.
hint-begin = On the kiosk in { $district }, press “Touch to begin”.
hint-agree = On the kiosk in { $district }, press “Yes, start”.
hint-watch = The kiosk in { $district } is at work. There is nothing to press.
hint-attend = The kiosk in { $district } asks you, as its operator, to look.
hint-new-card = The kiosk in { $district } asks for a card.
hint-same-card = The card moved. Put the same one back on the reader in { $district }.
hint-lift-card = Take the card off the reader in { $district }.
hint-place-card = Now tap { $resident }'s card in { $district }.
hint-district-checks = The districts compare now, sealed. Watch the gateways below.
hint-finish = Press the button on the kiosk in { $district } to go on.
hint-see-case = A case for two people is open below. { $resident } keeps a working card.
action-stand = Walk { $resident } there
action-new-card = Put a new card on the reader
action-lift-card = Lift the card
action-same-card = Put it back
action-place-card = Put { $resident }'s card on the reader

district-name = District { $district }
pane-kiosk = Kiosk in { $district }
pane-gateway = Gateway of { $district }
pane-kiosk-alone = Kiosk alone
pane-gateway-alone = Gateway alone

room-standing = In front of the camera
room-reader = On the card reader
room-nobody = Nobody
room-card = { $resident }, card { $n }
room-card-blank = A new card
room-lift = Lift it
room-place = { $resident }, card { $n }
room-place-new = A new card
room-no-card = Nothing. Cards appear here once somebody holds one.
room-line = Line to the gateway
room-line-cut = Cut the line
room-line-mend = It is cut. Mend it
