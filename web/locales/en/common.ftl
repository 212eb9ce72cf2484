# Texts that all pages share.
page-starting = Starting
page-lost = The link to this page's station is lost. It is being opened again.
page-no-answer = The station did not answer. Nothing was changed. Try once more.
demo-mark = Demonstration
demo-explained = Demonstration: these credentials are worth nothing elsewhere.

span-days = { $n } days
span-hours = { $n } hours
span-minutes = { $n } minutes
span-seconds = { $n ->
    [one] 1 second
   *[other] { $n } seconds
}
size-bytes = { $n } B
size-kilobytes = { NUMBER($n, maximumFractionDigits: 1) } kB
size-megabytes = { NUMBER($n, maximumFractionDigits: 1) } MB
moment-day = { DATETIME($moment, weekday: "long", day: "numeric", month: "long") }
moment-short = { DATETIME($moment, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit") }
moment-time = { DATETIME($moment, hour: "2-digit", minute: "2-digit") }

assurance-0 = nobody's word yet
assurance-1 = this kiosk
assurance-2 = the district
assurance-3 = the city
assurance-4 = the province
assurance-5 = the nation

# What a look at a living eye said, for operators and reviewers. It decides nothing about a person.
presentation-check = { $method }: { $outcome }
presentation-method-pupil-light-reflex = Answer to light
presentation-method-corneal-glints = Reflections
presentation-method-print-half-tone = Fine grid
presentation-method-static-or-replayed = Own movement
presentation-method-frame-signature = Camera's own key
presentation-method-other = Another sign
presentation-outcome-bona-fide = as usual
presentation-outcome-undecided = too little seen
presentation-outcome-exception = not as usual
presentation-outcome-suspect = something to look at
