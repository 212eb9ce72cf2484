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
