"""The build of libwebrtc, one step a module; build.py is their order, pins.py what they are given."""
