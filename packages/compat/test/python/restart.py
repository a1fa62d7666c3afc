"""Stays connected by python-socketio, and prints a line for each time that it is connected.

usage: restart.py URL TRANSPORT
"""
import sys

import socketio

url, transport = sys.argv[1:]
client = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.1)
client.on('connect', lambda: print('connect', flush=True))
# A function: engineio takes the cookie out of the dictionary that it is given, and would come back without it.
client.connect(url, transports=[transport], headers=lambda: {'Cookie': 'session=good'})
client.wait()
