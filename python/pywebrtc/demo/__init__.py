"""The demo: two processes call each other, and what arrived is measured.

    command.py    options, time limit, verdict
    sender.py     the process that was started: calls, sends, sums up
    receiver.py   its child: answers, receives, measures
    signalling.py what the two tell each other over a local socket
    pattern.py  tone.py  messages.py    what is sent, and how it is known again
    verdict.py    the table, and what is wrong with it
    mishaps.py    exceptions that nobody awaits
    console.py  png.py                  how it is shown

Neither side needs to be told what the other sent: pictures and messages carry their number, and are made
of it on both sides.
"""
