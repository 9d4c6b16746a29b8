"""From a trained network to one model file: conversion, golden clip, card, archive."""
