async def test_data(peers):
    here, there = await peers.channels()
    here.send("hello")
    here.send(b"\0\1")
    assert [await anext(there), await anext(there)] == ["hello", b"\0\1"]
