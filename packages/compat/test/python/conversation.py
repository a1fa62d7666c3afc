"""A legacy script on requests and python-socketio 5. Prints what it saw as one JSON object.

Usage: conversation.py URL TRANSPORT
"""

import json
import sys
import threading

import requests
import socketio

url, transport = sys.argv[1:]
http = requests.Session()
account = {"email": f"{transport}@example.com", "password": "password123"}
seen = {"signup": http.post(f"{url}/api/auth/signup", json=account).json()["message"]}
chat_id = http.post(f"{url}/api/chat/create").json()["chat_id"]
cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in http.cookies)

client = socketio.Client(reconnection=False)
tokens, errors, ended = [], [], threading.Event()
client.on("message_token", lambda body: tokens.append(body["text"]))
client.on("error", lambda body: (errors.append(body), ended.set()))


@client.on("message_complete")
def complete(body):
    seen["complete"] = body
    ended.set()


def talk(body):
    ended.clear()
    # The limits are for hangs.
    answer = client.call("send_message", body, timeout=100)
    assert ended.wait(100), "no end came"
    return answer


client.connect(url, headers={"Cookie": cookies}, transports=[transport], wait_timeout=100)
seen["ack"] = talk({"chat_id": str(chat_id), "message": " Hello \U0001f44b "})
talk({"chat_id": chat_id, "message": " "})
seen["tokens"] = "".join(tokens)
seen["errors"] = errors
seen["messages"] = [m["content"] for m in http.get(f"{url}/api/chat/{chat_id}/messages").json()["messages"]]
client.disconnect()

try:
    socketio.Client(reconnection=False).connect(url, transports=[transport])
    seen["stranger"] = "connected"
except socketio.exceptions.ConnectionError:
    seen["stranger"] = "refused"

print(json.dumps(seen))
